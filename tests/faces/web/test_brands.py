"""How pages show platforms: by their manifests and icons, those of others alike."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from postwire.faces.web.brands import SOON, Brands
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faces.web.conftest import Web

SVG = "{http://www.w3.org/2000/svg}"
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def other(folder: Path, brand: str = "", icon: str = ICON) -> Brands:
    """The brands of a catalogue with somebody's own integration."""
    made = folder / "acme_social"
    (made / "actions").mkdir(parents=True)
    text = "name: Acme\ndescription: A platform.\ndocs: {url: https://acme.example, read: 2026-11-21}\n"
    (made / "integration.yaml").write_text(f"{text}{brand}\napi: {{base: https://api.acme.example}}\n")
    (made / "icon.svg").write_text(icon)
    return Brands(Catalog([folder]))


@pytest.mark.parametrize("platform", ["meta", "instagram", "x", "linkedin", "tiktok"])
def test_each_platform_has_a_badge(web: Web, platform: str) -> None:
    address = web.site.brands.badge(platform)
    web.http.cookies.clear()  # nobody has to be signed in
    answer = web.get(address)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "immutable" in answer.headers["cache-control"]
    colours = [stop.get("stop-color") for stop in ET.fromstring(answer.content).iter(f"{SVG}stop")]
    described = web.site.catalog.integration(platform)
    assert described.brand is not None
    assert colours == described.brand.colours


def test_people_have_their_own_names_for_some(web: Web) -> None:
    names = [web.site.brands.name(each) for each in ("meta", "tiktok", "x", "facebook", "no_such")]
    assert names == ["Facebook", "TikTok", "X (Twitter)", "Facebook", "No Such"]
    assert {web.site.brands.name(each) for each in SOON} == set(SOON.values())
    assert all(web.get(web.site.brands.badge(each)).status_code == 200 for each in SOON)


def test_somebody_elses_platform_is_shown_alike(tmp_path: Path) -> None:
    brands = other(tmp_path, "brand: {name: Acme!, colours: ['#102030', '#405060']}")
    assert brands.name("acme_social") == "Acme!"
    drawn = ET.fromstring(brands.drawn("acme_social"))
    assert [part.get("d") for part in drawn.iter(f"{SVG}path")] == ["M0 0h9v9z"]
    assert [stop.get("offset") for stop in drawn.iter(f"{SVG}stop")] == ["0%", "100%"]
    assert brands.badge("acme_social").startswith("/badges/acme_social.svg?v=")


@pytest.mark.parametrize(("brand", "icon"), [("", ICON), ("brand: {colours: ['#102030']}", "<svg")])
def test_one_without_a_brand_or_a_readable_icon_has_a_letter(tmp_path: Path, brand: str, icon: str) -> None:
    brands = other(tmp_path, brand, icon)
    assert brands.name("acme_social") == "Acme"
    assert brands.badge("acme_social") == ""


def test_a_badge_that_is_not_there(web: Web) -> None:
    answer = web.get("/badges/nothing.svg")
    assert answer.status_code == 404
    assert "script-src 'self'" in web.get(web.site.brands.badge("x")).headers["content-security-policy"]
