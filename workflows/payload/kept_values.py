"""What a run keeps of its variables' values: a long one stands in the payload once. Pure."""

import json
from collections.abc import Callable, Mapping

from workflows.payload.body import JSONValue

LONG = 1000  # characters; of a longer value so much is kept beside the payload, to be searched
CUT = "…"  # among the kept values, no variable's key: names those that were cut


def keep(values: Mapping[str, str], document: JSONValue) -> dict[str, str]:
    """Return what is stored of the values beside the document that is stored whole."""
    if not isinstance(document, dict):
        return dict(values)
    twice = [key for key, one in values.items() if len(one) > LONG and document.get(key) == one]
    kept = {key: one[:LONG] if key in twice else one for key, one in values.items()}
    return {**kept, CUT: " ".join(twice)} if twice else kept


def whole(kept: Mapping[str, str], payload: Callable[[], str]) -> dict[str, str]:
    """Return the values as they were; `payload` gives the stored document, if it is needed."""
    values = dict(kept)
    cut = values.pop(CUT, "").split()
    if cut:
        document = json.loads(payload())
        values.update({key: document[key] for key in cut})
    return values
