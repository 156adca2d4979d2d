"""The members: their settings, how well each did, and their weight in the ensemble."""

from ..lives_plot import lives
from ..node import Node
from ..plots import axes, dots, frame_of, picture
from ..run_data import RunData
from ..scales import linear, logarithmic
from ..text import compact, cut, plain, plural, score, share
from ..words import metric_label, metric_words

__all__ = ["members"]

MAX_SETTINGS = 5
OPEN_ROWS = 10


def members(run: RunData) -> dict[str, object] | None:
    """The population, in order of weight, then of metric."""
    nodes = list(run.metrics["members"])
    if len(nodes) < 2:
        return None
    sign = -1.0 if run.higher_is_better else 1.0
    nodes.sort(key=lambda node: (-_weight(node), sign * (node["valid_metric"].number or 0.0)))
    varied = _varied(nodes)
    total = sum(_weight(node) for node in nodes)
    used = [node for node in nodes if _weight(node) > 0]
    rows = [_row(node, varied, total) for node in nodes]
    return {
        "metric": metric_words(run.metric),
        "all": len(nodes),
        "used": len(used),
        "settings": [
            "learning rate" if n == "lr" else cut(n.replace("_", " "), 20) for n in varied
        ],
        "first": rows[:OPEN_ROWS],
        "rest": rows[OPEN_ROWS:],
        "plot": scatter(run, nodes, varied, total),
        "lives": lives(nodes),
        "told": _told(nodes),
        "gain": ensemble_gain(run, nodes),
    }


def _weight(node: Node) -> float:
    return max(node["weight"].number or 0.0, 0.0)


def _told(nodes: list[Node]) -> str:
    """How many stopped early, fell sick, and came later."""
    ends = [node["ended"].text for node in nodes]
    stopped, sick = ends.count("stopped"), ends.count("sick")
    came = sum(1 for node in nodes if node["parent"].number is not None)
    said = [f"{plural(stopped, 'member')} stopped early"] if stopped else []
    said += [f"{plural(sick, 'member')} fell sick"] if sick else []
    said += [f"{plural(came, 'newcomer')} took their places"] if came else []
    return ", ".join(said)


def _varied(nodes: list[Node]) -> list[str]:
    """The settings that differ between members."""
    values: dict[str, set[str]] = {}
    for node in nodes:
        for name, value in node["settings"].items():
            values.setdefault(name, set()).add(plain(value))
    names = sorted((name for name in values if len(values[name]) > 1), key=lambda n: n != "lr")
    return names[:MAX_SETTINGS]


def _row(node: Node, varied: list[str], total: float) -> dict[str, object]:
    weight = _weight(node)
    return {
        "member": node["member"].text,
        "metric": score(node["valid_metric"].number),
        "epoch": compact(node["best_epoch"].number),
        "weight": share(weight, total) if weight else "–",
        "used": weight > 0,
        "settings": [plain(node["settings"][name], 20) for name in varied],
    }


def scatter(run: RunData, nodes: list[Node], varied: list[str], total: float) -> str:
    """Learning rate against metric; filled dots are in the ensemble, larger ones weigh more."""
    found = [
        (lr, metric, node)
        for node in nodes
        if (lr := node["settings"]["lr"].number) and lr > 0
        if (metric := node["valid_metric"].number) is not None
    ]
    if "lr" not in varied or len(found) < 3:
        return ""
    x = logarithmic([lr for lr, _, _ in found], 0, 1)
    frame = frame_of(x, linear([metric for _, metric, _ in found], 0, 1))
    marks = []
    for lr, metric, node in found:
        weight = _weight(node)
        tip = f"member {node['member'].text}: lr {compact(lr)}, {score(metric)}"
        radius = 4.0 + 9.0 * (weight / total) ** 0.5 if weight else 3.5
        class_ = "valid see-through" if weight else "hollow"
        marks.append(dots(frame, [(lr, metric, tip)], class_, radius))
    title = metric_label(run.metric)
    used = sum(1 for _, _, node in found if _weight(node) > 0)
    label = f"{plural(len(found), 'member')} by learning rate and {title}; {used} in the ensemble."
    return picture(
        frame,
        label,
        axes(frame, "learning rate, log scale", f"validation {metric_words(run.metric)}"),
        *marks,
    )


def ensemble_gain(run: RunData, nodes: list[Node]) -> str:
    """The ensemble beside its best member, on validation rows."""
    alone = [m for node in nodes if (m := node["valid_metric"].number) is not None]
    together = run.score("valid")
    if not alone or together is None:
        return ""
    best = max(alone) if run.higher_is_better else min(alone)
    return (
        f"On validation rows the best single member reaches {score(best)}, "
        f"the model as a whole {together.words}."
    )
