"""Objects in buckets: Amazon S3 and what speaks like it, Google Cloud Storage, Azure Blob."""

import configparser
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import translate
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import MachineError, SourceError
from .base import Place, place
from .extras import needed
from .file import HEAD_BYTES, START_BYTES, File, is_hidden
from .kept import Kept
from .local import partition_of
from .ranged import Ranged
from .secrets import filled, redacted

__all__ = ["Cloud"]

MAGIC = re.compile(r"[*?\[]")
MAX_OBJECTS = 100_000
CLIENT = {"connect_timeout": "10s", "timeout": "300s", "allow_http": True}
STATUS = re.compile(r"\b(40[134]) (?:Unauthorized|Forbidden|Not Found)")
PATIENCE_S = 10  # for all tries of a request
VARIABLES = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with _KEY or _SAS_TOKEN",
}


@place("cloud")
@dataclass(frozen=True)
class Cloud(Place):
    """One object, a pattern of objects, or all objects under a path.

    ``s3://bucket/path``, ``gs://bucket/path``, ``az://container/path``. Who asks is told by the
    usual environment variables and, for S3, by ``~/.aws``; without any, nobody in particular.

    Args:
        address: of the objects.
        endpoint: of a server that speaks the same language.
        region: of an S3 bucket.
        columns: of Parquet files, those to fetch; the others stay where they are.
    """

    schemes = ("s3", "s3a", "gs", "gcs", "az", "abfs", "azure")

    address: str
    endpoint: str | None = None
    region: str | None = None
    columns: tuple[str, ...] | None = None

    def files(self) -> list[File]:
        obstore = needed("obstore", "cloud")
        parts = urlsplit(filled(self.address, where=self._shown, in_address=True))
        path = parts.path.lstrip("/")
        if not parts.netloc:
            raise SourceError("no bucket is named", where=self._shown, hint="s3://bucket/path")
        try:
            store = self._store(parts.netloc)
            return [self._file(store, name, path) for name in self._names(store, path)]
        except obstore.exceptions.BaseError as error:
            raise self._told(error) from None

    @property
    def _shown(self) -> str:
        return redacted(self.address)

    @property
    def _kind(self) -> str:
        return {"s": "s3", "g": "gs", "a": "az"}[self.address[0].lower()]

    def _store(self, bucket: str) -> Any:
        stores = needed("obstore.store", "cloud")
        kind, config = {
            "s3": (stores.S3Store, amazon),
            "gs": (stores.GCSStore, google),
            "az": (stores.AzureStore, azure),
        }[self._kind]
        found = {name: value for name, value in config(os.environ).items() if value is not None}
        if self.endpoint is not None:
            found["base_url" if self._kind == "gs" else "endpoint"] = self.endpoint
        if self.region is not None and self._kind == "s3":
            found["region"] = self.region
        from datetime import timedelta

        retries = {"max_retries": 3, "retry_timeout": timedelta(seconds=PATIENCE_S)}
        return kind(bucket, client_options=CLIENT, retry_config=retries, **found)

    def _names(self, store: Any, path: str) -> list[str]:
        """The objects that are meant, in order."""
        obstore = needed("obstore", "cloud")
        magic = MAGIC.search(path)
        if magic is None and path and not path.endswith("/"):
            try:
                obstore.head(store, path)
                return [path]
            except (obstore.exceptions.NotFoundError, FileNotFoundError):
                pass  # it may be the path of several
        prefix = path[: magic.start()].rpartition("/")[0] if magic else path.rstrip("/")
        listed: list[str] = []
        for batch in obstore.list(store, prefix or None, chunk_size=1000):
            listed += [each["path"] for each in batch if each["size"]]
            if len(listed) > MAX_OBJECTS:
                raise SourceError(f"more than {MAX_OBJECTS:,} objects", where=self._shown)
        fits = _pattern(path) if magic else lambda name: True
        chosen = sorted(
            name for name in listed if fits(name) and not is_hidden(name.rpartition("/")[2])
        )
        if not chosen:
            raise SourceError("no such object", where=self._shown, hint=self._near(store, path))
        return chosen

    def _near(self, store: Any, path: str) -> str:
        """Which name may have been meant."""
        obstore = needed("obstore", "cloud")
        above = path.rpartition("/")[0]
        beside = obstore.list_with_delimiter(store, above or None)["objects"]
        alike = get_close_matches(path, [each["path"] for each in beside], n=1, cutoff=0.6)
        return f"did you mean {alike[0]}?" if alike else "check bucket and path"

    def _file(self, store: Any, name: str, path: str) -> File:
        obstore = needed("obstore", "cloud")
        shown = f"{self._shown.partition('://')[0]}://{urlsplit(self.address).netloc}/{name}"
        start = bytes(obstore.get_range(store, name, start=0, length=HEAD_BYTES))
        magic = MAGIC.search(path)
        fixed = path[: magic.start()].rpartition("/")[0] if magic else path
        folders = Path(name).parts[len(Path(fixed).parts) : -1]
        partition = partition_of(Path(name).parts[:-1] if magic else folders)
        if self.columns and start.startswith(b"PAR1"):
            size = obstore.head(store, name)["size"]
            opened = partial(Ranged, store, name, size)
            return File(
                shown, None, start, None, start[:START_BYTES], folders, partition, ranged=opened
            )
        folder = Path(tempfile.mkdtemp(prefix="bestfit-"))
        keep = Kept(lambda: shutil.rmtree(folder, ignore_errors=True))
        with (folder / "object").open("wb") as file:
            for block in obstore.get(store, name).stream(min_chunk_size=1 << 20):
                file.write(block)
        found = File.open(folder / "object", shown, keep)
        return replace(found, folders=folders, partition=partition)

    def _told(self, error: Exception) -> Exception:
        """What the server says, in one line."""
        text = str(error)
        kind = type(error).__name__
        status = STATUS.search(text)  # a bare number may be that of milliseconds
        refused = re.search(r"PermissionDenied|Unauthenticated|SignatureDoesNotMatch", kind + text)
        if refused or (status and status[1] in ("401", "403")):
            hint = VARIABLES[self._kind]
            return SourceError("access is denied", where=self._shown, hint=hint)
        if "NotFound" in kind or "NoSuchBucket" in text or (status and status[1] == "404"):
            return SourceError("no such bucket or object", where=self._shown)
        if re.search(r"connect|timed? ?out|dns|error sending request", text, re.IGNORECASE):
            return MachineError("the server cannot be reached", where=self._shown)
        return SourceError(f"the server says no ({kind})", where=self._shown)


def _pattern(path: str) -> Callable[[str], bool]:
    """Whether a name fits a pattern in which ``*`` stays inside of a folder and ``**`` does not."""
    parts = []
    for part in path.split("/"):
        parts.append(".*" if part == "**" else translate(part)[4:-3].replace(".*", "[^/]*"))
    text = "/".join(parts).replace(".*/", "(?:.*/)?")
    fitting = re.compile(text, re.DOTALL)
    return lambda name: fitting.fullmatch(name) is not None


def amazon(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the usual variables and files say about S3."""
    known = environment.get
    named: Mapping[str, str] = {}
    profile = known("AWS_PROFILE")
    if profile or not known("AWS_ACCESS_KEY_ID"):
        named = _profile(environment, profile or "default")
        if profile and not named:
            raise SourceError(f"no profile {profile!r} in ~/.aws", hint="AWS_PROFILE")
    key = named.get("aws_access_key_id") or known("AWS_ACCESS_KEY_ID")
    roles = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
             "AWS_CONTAINER_CREDENTIALS_FULL_URI")  # fmt: skip
    return {
        "access_key_id": key,
        "secret_access_key": named.get("aws_secret_access_key") or known("AWS_SECRET_ACCESS_KEY"),
        "session_token": named.get("aws_session_token") or known("AWS_SESSION_TOKEN"),
        "region": known("AWS_REGION") or known("AWS_DEFAULT_REGION") or named.get("region")
        or "us-east-1",
        "endpoint": known("AWS_ENDPOINT_URL_S3") or known("AWS_ENDPOINT_URL")
        or named.get("endpoint_url"),
        "skip_signature": None if key or any(map(known, roles)) else True,
    }  # fmt: skip


def _profile(environment: Mapping[str, str], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for variable, usual, section in (
        ("AWS_CONFIG_FILE", "~/.aws/config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", name),
    ):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(os.path.expanduser(environment.get(variable, usual)))
        except (configparser.Error, UnicodeDecodeError):
            raise SourceError("this file cannot be read", where=usual) from None
        if parser.has_section(section):
            found |= dict(parser[section])
    return found


def google(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the usual variables say about Google Cloud Storage."""
    known = environment.get
    emulator = known("STORAGE_EMULATOR_HOST")
    keys = [f"GOOGLE_{name}" for name in ("APPLICATION_CREDENTIALS", "SERVICE_ACCOUNT")]
    usual = Path("~/.config/gcloud/application_default_credentials.json").expanduser()
    anonymous = bool(emulator) or not (any(map(known, keys)) or usual.is_file())
    if emulator and "://" not in emulator:
        emulator = f"http://{emulator}"
    return {"base_url": emulator, "skip_signature": True if anonymous else None}


def azure(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the usual variables say about Azure Blob Storage."""
    known = environment.get
    told = dict(
        part.split("=", 1)
        for part in known("AZURE_STORAGE_CONNECTION_STRING", "").split(";")
        if "=" in part
    )
    key = told.get("AccountKey") or known("AZURE_STORAGE_KEY") or known("AZURE_STORAGE_ACCOUNT_KEY")
    token = told.get("SharedAccessSignature") or known("AZURE_STORAGE_SAS_TOKEN")
    account = told.get("AccountName") or known("AZURE_STORAGE_ACCOUNT")
    account = account or known("AZURE_STORAGE_ACCOUNT_NAME")
    if not account:
        raise SourceError("no storage account is named", hint=VARIABLES["az"])
    return {
        "account_name": account,
        "account_key": key,
        "sas_token": token,
        "endpoint": told.get("BlobEndpoint") or known("AZURE_STORAGE_ENDPOINT"),
        "skip_signature": None if key or token or known("AZURE_CLIENT_ID") else True,
    }
