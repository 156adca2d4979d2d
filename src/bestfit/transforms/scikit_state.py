"""What a transformer of scikit-learn learnt, as text and back, without code.

skops writes plain data and arrays; reading makes only objects of the types that it knows as
harmless, and of those named here.
"""

import base64
import warnings
from typing import Any

from ..errors import ConfigError, FolderError

__all__ = ["from_text", "to_text"]

TRUSTED = {  # what transformers hold besides: types of data, kernels, scores, trees
    "numpy.dtype",
    "numpy.mean",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.feature_selection._univariate_selection.r_regression",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._mutual_info.mutual_info_regression",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
}


def to_text(transformer: Any) -> str:
    """A fitted transformer as text.

    Raises:
        ConfigError: it holds what is not to be kept, or what could not be read back.
    """
    import skops.io

    try:
        data = skops.io.dumps(transformer)
        strange = set(skops.io.get_untrusted_types(data=data)) - TRUSTED
    except Exception as error:  # skops names the part that it has no place for
        strange = {str(error)}
    if strange:
        name = type(transformer).__name__
        raise ConfigError(f"what {name} learns cannot be kept without code: {min(strange)}")
    return base64.b64encode(data).decode()


def from_text(text: str) -> Any:
    """The transformer of a text.

    Raises:
        FolderError: the text is damaged, or an object in it is of a type that is not known.
    """
    import skops.io

    try:
        data = base64.b64decode(text, validate=True)
        strange = set(skops.io.get_untrusted_types(data=data))
        if strange <= TRUSTED:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of another version of scikit-learn
                return skops.io.loads(data, trusted=sorted(strange))
    except Exception as error:  # a damaged one fails in any way
        what = f"damaged: {type(error).__name__}"
    else:
        what = f"with a part of the type {min(strange - TRUSTED)}"
    raise FolderError(f"the bundle holds a transformer of scikit-learn {what}")
