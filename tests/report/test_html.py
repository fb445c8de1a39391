from __future__ import annotations

import base64
import hashlib
import itertools
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from grader.report import html
from grader.report.html import to_html
from tests.report import samples
from tests.report.pages import Page
from tests.report.samples import KINDS
from tests.report.snapshots import assert_snapshot

ACTIVE = ("script", "iframe", "object", "embed", "form", "img", "link", "base", "button", "input")


def assert_harmless(page: Page) -> None:
    """Fail where a page could run, load or send anything."""
    assert page.all(*ACTIVE) == []
    for element in page.elements:
        for name, value in element.attributes.items():
            assert not name.startswith("on"), f"{name} in <{element.tag}>"
            assert name not in ("style", "src", "action", "srcset"), f"{name} in <{element.tag}>"
            assert name != "href" or value.startswith("#"), f"href={value}"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def page(kind: str) -> Page:
    return Page(to_html(KINDS[kind]))


@pytest.mark.parametrize("kind", ["practice", "hidden"], indirect=True)
def test_page_is_as_in_its_snapshot(kind: str):
    assert_snapshot(f"html/{kind}.html", to_html(KINDS[kind]))


def test_page_runs_and_loads_nothing(page: Page):
    assert_harmless(page)


def test_without_escaping_hostile_text_would_be_noticed(monkeypatch: pytest.MonkeyPatch):
    careless = Environment(
        loader=FileSystemLoader(Path(html.__file__).parent),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    monkeypatch.setattr(html, "_environment", lambda: careless)
    with pytest.raises(AssertionError):
        assert_harmless(Page(to_html(KINDS["hostile"])))


def test_hostile_text_is_shown_as_text():
    source = to_html(KINDS["hostile"])
    assert "<script>alert(1)</script>" in Page(source).all("main")[0].text
    assert [char for char in source if not (char.isprintable() or char == "\n")] == []


def test_policy_allows_the_page_s_own_style_and_nothing_else(page: Page):
    policy = next(m.attributes["content"] for m in page.all("meta") if "http-equiv" in m.attributes)
    style = re.search("<style>(.*?)</style>", page.source, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_ids_are_unique_and_every_reference_has_its_target(page: Page):
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        wanted = element.attributes.get("aria-labelledby", "").split()
        wanted += [element.attributes.get("href", "#")[1:]] if element.tag == "a" else []
        assert set(wanted) <= set(ids)


def test_page_has_the_landmarks_and_a_heading_for_each_level(page: Page):
    assert [len(page.all(tag)) for tag in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1
    assert all(below <= level + 1 for level, below in itertools.pairwise(levels))
    assert page.all("html")[0].attributes["lang"] == "en"
    assert page.all("title")[0].text


def test_tables_have_captions_and_headings_with_their_scope(page: Page):
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(heading.attributes.get("scope") in ("row", "col") for heading in page.all("th"))
    for element in page.elements:
        if element.attributes.get("tabindex") == "0":
            assert element.attributes["role"] == "region"
            assert element.attributes["aria-label"].strip()


def test_what_differs_is_said_in_words_in_its_cell():
    cells = [e for e in Page(to_html(KINDS["tensors"])).all("td") if e.attributes.get("class") == "wrong"]
    assert "≠differs: 10.5" in [cell.text for cell in cells]


def test_why_a_file_could_not_be_run_is_told_once_with_its_line():
    text = Page(to_html(KINDS["not_run"])).all("main")[0].text
    assert text.count("SyntaxError") == 1
    assert text.count("x = (1") == 1
    assert text.count("For the same reason as gradient_of_square.") == 1


def test_every_verdict_is_said_in_words():
    text = Page(to_html(KINDS["trouble"])).all("main")[0].text
    for words in ("stopped by an error", "failed", "out of time", "its process died"):
        assert words in text


@pytest.mark.parametrize("word", ["42", "LATER", "dim 0"])
def test_what_may_not_be_seen_yet_is_not_in_the_page(word: str):
    assert word not in Page(to_html(KINDS["hidden"])).all("main")[0].text


def _colours(scheme: str) -> dict[str, str]:
    light, rest = (Path(html.__file__).with_name("report.css")).read_text("utf-8").split("@media screen", 1)
    blocks = {"light": light, "dark": rest.split("@media", 1)[0]}
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours. Source: WCAG 2.2, "relative luminance"."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast_on_every_ground_that_it_stands_on(scheme: str):
    grounds = {
        "text": "page panel hint wrong-page stripe s0 s1 s2 s3 s4",
        "soft": "page panel hint",
        "wrong": "page panel wrong-page stripe",
        "link": "page panel",
        **dict.fromkeys(("right", "wait", "c0", "c1", "c2", "c3", "c4", "c5"), "page"),
    }
    colours = _colours(scheme)
    pairs = [(text, ground) for text, found in grounds.items() for ground in found.split()]
    low = [pair for pair in pairs if _contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    assert low == []
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)


def test_figures_have_a_name_a_description_and_their_numbers():
    page = Page(to_html(KINDS["practice"]))
    drawings = [svg for svg in page.all("svg") if svg.attributes.get("role") == "img"]
    assert len(drawings) == 2
    assert "yours: from 1 at 0 to 0.9 at 3, 1 without a finite value" in page.all("desc")[0].text
    assert "1 without a finite value" in page.all("ul")[-2].text + page.all("ul")[-1].text
    assert [caption.text for caption in page.all("caption")[-5:]] == [
        *("yours", "reference", "setosa", "versicolor", "yours")
    ]


def test_full_report_of_the_greatest_size_is_made_quickly_and_stays_small():
    exercises = [
        samples.exercise(f"e{i}", *(samples.WIDE.checks[0] for _ in range(8)), assignment=f"a{i % 5}")
        for i in range(60)
    ]
    assert len(to_html(samples.report(*exercises))) < 12_000_000
