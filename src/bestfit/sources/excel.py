"""Excel and OpenDocument spreadsheets: one sheet, read as text is."""

from dataclasses import dataclass, replace

from ..errors import SourceError
from ..table import Table
from .base import Source, source
from .delimited import Delimited
from .extras import needed
from .file import File

__all__ = ["Excel"]

MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


@source("excel")
@dataclass(frozen=True)
class Excel(Source):
    """A sheet of a workbook (xlsx, xlsm, xlsb, xls, ods).

    Its cells go through the reader of delimited text, so titles above the names and notes below
    the rows are found there too.

    Args:
        file: where the workbook lies.
        sheet: its name; None takes the first one that holds rows.
        header: whether the first row holds names; None finds out.
    """

    file: File
    sheet: str | None = None
    header: bool | None = None

    @classmethod
    def accepts(cls, file: File) -> bool:
        return file.head.startswith(MARKS)

    def read(self) -> Table:
        fastexcel, where = needed("fastexcel", "excel"), self.file.name
        try:
            book = fastexcel.read_excel(self.file.data)
            names = book.sheet_names
        except fastexcel.FastExcelError:
            hint = "save it as xlsx or CSV, without a password"
            raise SourceError("no workbook can be read here", where=where, hint=hint) from None
        if self.sheet is not None and self.sheet not in names:
            problem = f"no sheet is called {self.sheet!r}"
            raise SourceError(problem, where=where, hint=", ".join(map(repr, names[:10])))
        for name in names if self.sheet is None else [self.sheet]:
            try:
                sheet = book.load_sheet(name, header_row=None, dtypes="string")
            except fastexcel.FastExcelError:
                raise SourceError(f"the sheet {name!r} is damaged", where=where) from None
            if sheet.height:
                break
        else:
            raise SourceError("no rows in this workbook", where=where)
        text = sheet.to_polars().write_csv(include_header=False).encode()
        rows = Delimited(
            File.of(text, f"{where}:{name}"), delimiter=",", encoding="utf-8", header=self.header
        ).read()
        of_text = ("encoding", "delimiter", "quote", "escape", "line_ends")
        notes = {key: value for key, value in rows.reading.items() if key not in of_text}
        if len(names) > 1:
            notes["other_sheets"] = [other for other in names if other != name]
        return replace(
            rows, origin=where, reading={**notes, **self.file.reading(self.name), "sheet": name}
        )
