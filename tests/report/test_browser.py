"""The HTML report in a real browser. `KEEP_SCREENSHOTS=DIR` keeps the pictures for somebody to look at."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from grader.report.html import to_html
from tests.report.browser import CHROMIUM, chromium
from tests.report.samples import KINDS

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

# Measures a page of ours in a frame of a given width: what reaches beyond it, which targets are too small for
# fingers. The measuring script stands outside the frame: within, the report's own policy would refuse it.
FRAME = """<!DOCTYPE html><meta charset="utf-8"><title>measuring</title>
<iframe id="page" width="{width}" height="900" srcdoc="{page}"></iframe>
<pre id="found">nothing</pre>
<script>
const frame = document.getElementById("page");
frame.onload = () => {{
  const page = frame.contentDocument, root = page.documentElement;
  const box = e => e.getBoundingClientRect();
  const free = [...page.querySelectorAll("body *")].filter(
    e => !e.parentElement.closest(".scroll, svg") && !e.closest(".skip"));
  const wide = free.filter(e => box(e).right > root.clientWidth + 1);
  const small = [...page.querySelectorAll("summary, nav a")].filter(e => box(e).height < 24);
  page.querySelectorAll("details").forEach(e => e.open = true);
  document.getElementById("found").textContent = JSON.stringify({{
    width: root.scrollWidth, client: root.clientWidth, wide: wide.map(e => e.outerHTML.slice(0, 80)),
    small: small.map(e => e.innerText), styled: getComputedStyle(page.querySelector("h1")).fontSize,
    alerted: frame.contentWindow.alerted || null}});
}};
</script>"""


def measured(page: str, width: int, folder: Path) -> dict[str, object]:
    import html
    import json

    file = folder / "measure.html"
    file.write_text(FRAME.format(width=width, page=html.escape(page)), encoding="utf-8")
    dom = chromium(file, folder / "profile", "--virtual-time-budget=5000", "--dump-dom").stdout
    found = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("kind", ["practice", "tensors", "plain", "hostile", "not_run"])
def test_nothing_reaches_beyond_the_page(kind: str, width: int, tmp_path: Path):
    found = measured(to_html(KINDS[kind]), width, tmp_path)
    assert found["wide"] == []
    assert found["width"] == found["client"]
    assert found["small"] == []
    assert found["styled"] == "24px"  # the policy lets the page's own style in


def test_script_in_a_page_of_ours_would_not_run(tmp_path: Path):
    """The policy holds even where a text got through as markup; without it the same script runs."""
    page = to_html(KINDS["wrong"]).replace("</main>", "<script>window.alerted = 'ran'</script></main>")
    assert measured(page, 375, tmp_path)["alerted"] is None
    without = re.sub(r"<meta http-equiv[^>]*>", "", page)
    assert measured(without, 375, tmp_path)["alerted"] == "ran"


@pytest.mark.parametrize(("width", "scheme"), [(500, "light"), (1280, "light"), (1280, "dark")])
def test_page_can_be_drawn(width: int, scheme: str, tmp_path: Path):
    """A picture comes out that is not of one colour: contrast and layout are for eyes, so it can be kept."""
    folder = Path(os.environ.get("KEEP_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page, picture = tmp_path / "report.html", folder / f"report-{width}-{scheme}.png"
    page.write_text(to_html(KINDS["practice"]), encoding="utf-8")
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    chromium(page, tmp_path / "profile", f"--window-size={width},2000", f"--screenshot={picture}", *dark)
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (width, 2000)
    assert len(data) > 40_000
