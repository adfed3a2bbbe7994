"""French is a third longer: at 1280 px no header runs into another, no title or choice is cut."""

import pytest

from messaging.models import Member
from tests.browser.conftest import OpenAs
from tests.browser.test_accessibility import pages_of_ours
from tests.route_table import World
from tests.serving import ServedApp
from tests.test_routes import address

pytestmark = [pytest.mark.browser, pytest.mark.served]

CUT = """() => {
  const found = [];
  const style = (one) => getComputedStyle(one);
  const note = (what, one) => found.push(`${what}: ${(one.textContent || one.placeholder).trim()}`);
  const px = (one, name) => parseFloat(style(one)[name]);
  const seen = (selector) => [...document.querySelectorAll(selector)]
    .filter((one) => one.checkVisibility() && one.getClientRects().length);
  const ruler = document.createElement("canvas").getContext("2d");
  const isCut = (text, one) => {
    ruler.font = style(one).font;
    const room = one.clientWidth - px(one, "paddingLeft") - px(one, "paddingRight");
    return ruler.measureText(text).width > room + 1;
  };
  for (const one of seen("th, .card-top h2, .wf-tabs a")) {
    const lines = one.getBoundingClientRect().height / px(one, "lineHeight");
    if (one.scrollWidth > one.clientWidth + 1) note("runs out", one);
    if (one.matches("h2") && !one.querySelector(".tag") && lines > 1.6) note("split", one);
  }
  for (const one of seen("select")) {
    const chosen = one.selectedOptions[0];
    if (chosen && isCut(chosen.textContent.trim(), one)) note("cut choice", chosen);
  }
  for (const one of seen("input[placeholder]")) {
    if (isCut(one.placeholder, one)) note("cut hint", one);
  }
  return found;
}"""


def test_nothing_runs_together_or_is_cut(
    served_app: ServedApp,
    open_as: OpenAs,
    subtests: pytest.Subtests,
) -> None:
    world = World()
    Member.objects.update(language="fr")
    windows = {role: open_as(person) for role, person in world.people.items()}
    for role, way in pages_of_ours():
        with subtests.test(page=str(way), role=role):
            windows[role].goto(address(way, world.keys(way.about)))
            assert windows[role].evaluate(CUT) == []
