"""The page in a real browser, driven as a person would: a test for each thing it promises."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isthmus.data import open_data
from isthmus.runs.labelled import classify_run
from isthmus.runs.uses import Own

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the page is tested with Playwright: pip install playwright"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# WebGL without a graphics card.
SETTINGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
READY = "body.ready"
PATIENCE = 20_000
MAPS_OF_RUN = ["Isthmus", "t-SNE (openTSNE)", "PCA"]

# The middle of the screen of an item's point, and a place that is far from all.
SPOT_OF = """(item) => {
  const { map, points } = window.isthmus, i = [...points.which].indexOf(item);
  const [x, y] = map.toPixel(points.places[2 * i], points.places[2 * i + 1]);
  const box = document.querySelector(".sheet").getBoundingClientRect();
  return [x + box.left, y + box.top];
}"""
GROUND = """() => {
  const { map, points } = window.isthmus;
  const box = document.querySelector(".sheet").getBoundingClientRect();
  const free = [];
  for (let px = 30; px < map.width - 30; px += 9) {
    for (let py = 30; py < map.height - 30; py += 9) {
      const near = points.nearest(...map.toPlace(px, py), 14 * map.pixel);
      if (!near) free.push([px + box.left, py + box.top]);
    }
  }
  return free;
}"""
LONE = """() => {
  const { map, points } = window.isthmus, alone = [];
  for (let i = 0; i < points.which.length; i++) {
    const [x, y] = [points.places[2 * i], points.places[2 * i + 1]];
    const far = (j) => Math.hypot(points.places[2 * j] - x, points.places[2 * j + 1] - y);
    const near = points.which.filter((_, j) => far(j) < 4 * map.pixel);
    if (near.length === 1) alone.push(near[0]);
    if (alone.length === 12) break;
  }
  return alone;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as machine:
        try:
            found = machine.chromium.launch(executable_path=CHROMIUM, args=SETTINGS)
        except playwright.Error as error:
            pytest.skip(f"no Chromium to test the page in: {str(error).splitlines()[0]}")
        yield found
        found.close()


@pytest.fixture
def open_page(browser, request):
    """Opens an address in a window of its own; the test fails where a script does."""
    contexts, troubles = [], []

    def start(address: str, *, wait: bool = True, **settings):
        context = browser.new_context(
            **{"viewport": {"width": 1000, "height": 700}, "accept_downloads": True, **settings}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(address)
        if wait:
            page.wait_for_selector(READY)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not troubles


def move_to(page, spot) -> None:
    page.mouse.move(spot[0] + 1, spot[1])
    page.mouse.move(*spot)


def click(page, spot) -> None:
    move_to(page, spot)
    page.mouse.down()
    page.mouse.up()


def alone(page) -> list[int]:
    """Items whose points touch no other."""
    return page.evaluate(LONE)


def view(page) -> dict[str, float]:
    return page.evaluate("window.isthmus.map.view")


def draw_round(page, spot, radius: float = 90) -> None:
    """Draw a line round a place with the lasso."""
    page.click("#lasso")
    turns = np.linspace(0, 2 * np.pi, 24)
    ring = [(spot[0] + radius * np.cos(t), spot[1] + radius * np.sin(t)) for t in turns]
    page.mouse.move(*ring[0])
    page.mouse.down()
    for place in ring[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def middle(page) -> tuple[float, float]:
    box = page.locator(".sheet").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_map_is_coloured_zoomed_and_moved(open_page, digits_page) -> None:
    page = open_page(digits_page)
    assert page.locator("#legend button").count() == 10
    assert page.locator("#names span").count() == 10
    assert page.evaluate("window.isthmus.points.which.length") == 1797
    for key, look in (("split", "button"), ("error", ".ramp"), ("score", ".ramp")):
        page.select_option("#by", key)
        page.wait_for_selector(f"#legend {look}")
        page.wait_for_function("(key) => window.isthmus.colours.key === key", arg=key)
    before = view(page)
    page.mouse.move(*middle(page))
    for _ in range(4):
        page.mouse.wheel(0, -100)
    page.wait_for_function(
        "(wide) => window.isthmus.map.view.x1 - window.isthmus.map.view.x0 < 0.9 * wide",
        arg=before["x1"] - before["x0"],
    )
    # The wheel comes to rest.
    page.wait_for_timeout(500)
    nearer = view(page)
    page.mouse.down()
    x, y = middle(page)
    for step in range(6):
        page.mouse.move(x + 20 * step, y)
    page.mouse.up()
    page.wait_for_function("(x0) => window.isthmus.map.view.x0 < x0", arg=nearer["x0"])
    page.click("#whole")
    page.wait_for_function(
        "(x0) => Math.abs(window.isthmus.map.view.x0 - x0) < 1e-3", arg=before["x0"]
    )


def test_another_map_is_chosen_and_decodes(open_page, serve, maps_run) -> None:
    page = open_page(serve(maps_run) + "#by=split&a=9")
    assert page.locator("#which option").all_inner_texts() == MAPS_OF_RUN
    page.select_option("#which", "tsne")
    page.wait_for_url("**/maps/tsne/#by=split&a=9")
    page.wait_for_selector(READY)
    page.wait_for_function("window.isthmus.colours.key === 'split'")
    page.wait_for_function("window.isthmus.pins.a?.index === 9")
    page.wait_for_function("window.isthmus.code.sliders && window.isthmus.code.start")
    assert "trustworthiness 0.910" in page.inner_text("#hint")
    item = alone(page)[0]
    move_to(page, page.evaluate(SPOT_OF, item))
    page.wait_for_selector(f"#lens img[src$='item/{item}/picture.png']")
    move_to(page, page.evaluate(GROUND)[0])
    page.wait_for_selector("#lens.made img[src^='blob:']")
    page.select_option("#which", "map")
    page.wait_for_function("location.pathname === '/'")
    page.wait_for_selector(READY)
    page.go_back()
    page.wait_for_selector(READY)
    assert page.input_value("#which") == "tsne"


def test_pointing_at_an_item_shows_it_its_rebuilding_and_its_error(open_page, digits_page) -> None:
    page = open_page(digits_page)
    item = alone(page)[0]
    move_to(page, page.evaluate(SPOT_OF, item))
    page.wait_for_selector(f"#card img[src$='item/{item}/picture.png']")
    page.wait_for_selector(f"#card img[src$='item/{item}/rebuilt.png']")
    page.wait_for_selector(f"#lens img[src$='item/{item}/picture.png']")
    loaded = "[...document.querySelectorAll('#card img')].every((img) => img.naturalWidth === 8)"
    page.wait_for_function(loaded)
    assert "error" in page.inner_text("#card .facts")
    assert page.locator("#over .hover").count() == 1


def test_a_row_is_shown_by_its_values(open_page, serve, table_run) -> None:
    page = open_page(serve(table_run))
    page.wait_for_selector("#legend button")
    # A label of the user is text and never a tag.
    assert "<b>bold</b>" in page.inner_text("#legend")
    assert page.locator("#legend b").count() == 0
    item = alone(page)[0]
    move_to(page, page.evaluate(SPOT_OF, item))
    page.wait_for_selector("#card tbody tr:nth-child(3)")
    assert "from its code" in page.inner_text("#card")
    frame = pd.read_csv(table_run.parent / "rows.csv")
    page.wait_for_function(
        "(name) => document.querySelector('#card .id').textContent === name", arg=str(item)
    )
    assert frame["colour"][item] in page.inner_text("#card tbody")


def test_a_sound_can_be_played(open_page, serve, tmp_path_factory) -> None:
    pytest.importorskip("soundfile", reason="sounds need isthmus[sound]")
    from isthmus.data.wav import write_sound
    from isthmus.runs.job import fit_run
    from isthmus.runs.request import Request

    folder = tmp_path_factory.mktemp("sounds")
    (folder / "wavs").mkdir()
    time = np.arange(4000) / 8000
    for i in range(12):
        write_sound(folder / "wavs" / f"{i}.wav", np.sin(2 * np.pi * (200 + 50 * i) * time), 8000)
    fit_run(Request(data=str(folder / "wavs"), n_components=2, epochs=1), folder / "run")
    page = open_page(serve(folder / "run"))
    move_to(page, page.evaluate(SPOT_OF, 3))
    page.wait_for_selector("#card audio")
    assert page.locator("#card audio").count() == 2
    page.evaluate("window.isthmus.play()")
    page.wait_for_function("document.querySelector('#card audio').readyState > 2")
    assert page.evaluate("document.querySelector('#card audio').duration") == pytest.approx(
        0.5, 0.1
    )
    # Moving about on the same point does not cut it short.
    page.evaluate("document.querySelector('#card audio').dataset.first = 'yes'")
    move_to(page, page.evaluate(SPOT_OF, 3))
    page.wait_for_timeout(200)
    assert page.get_attribute("#card audio", "data-first") == "yes"


def test_the_cursor_decodes_on_empty_ground(open_page, digits_page) -> None:
    page = open_page(digits_page)
    ground = page.evaluate(GROUND)
    move_to(page, ground[0])
    page.wait_for_selector("#lens.made img[src^='blob:']")
    first = page.get_attribute("#lens img", "src")
    assert "Between the items" in page.inner_text("#card")
    # It follows the mouse; how fast is a benchmark's question.
    for spot in ground[1::20]:
        move_to(page, spot)
        page.wait_for_timeout(30)
    page.wait_for_function("(src) => document.querySelector('#lens img').src !== src", arg=first)


def test_two_items_give_the_way_between_them(open_page, digits_page) -> None:
    page = open_page(digits_page)
    one, other = alone(page)[:2]
    click(page, page.evaluate(SPOT_OF, one))
    page.wait_for_selector("#over text.pin")
    click(page, page.evaluate(SPOT_OF, other))
    page.wait_for_selector("#path:not([hidden]) .strip")
    strips = page.locator("#path .strip img")
    assert strips.count() == 2
    page.wait_for_function(
        "[...document.querySelectorAll('#path img')].every((img) => img.naturalWidth === 72)"
    )
    page.wait_for_selector("#over .way")
    assert page.locator("#over .pin").count() == 4
    page.click("#path button")
    page.wait_for_selector("#path", state="hidden")


def test_sliders_turn_a_code(open_page, digits_page) -> None:
    page = open_page(digits_page)
    page.wait_for_selector("#code .made img")
    assert page.locator("#code input[type=range]").count() == 6
    before = page.get_attribute("#code .made img", "src")
    slider = page.locator("#code input[type=range]").first
    slider.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    page.wait_for_function(
        "(src) => document.querySelector('#code .made img').src !== src", arg=before
    )
    # Where the turned code lies is marked on the map.
    page.wait_for_selector("#over .made")
    page.click("#code .head button")
    assert page.locator("#code .head button").is_disabled()


def test_the_size_of_the_code_has_its_price(open_page, digits_page, mapped_run) -> None:
    page = open_page(digits_page)
    rows = json.loads((mapped_run / "metrics.json").read_text())["by_code_size"]
    slider = page.locator("#size input")
    slider.focus()
    page.keyboard.press("Home")
    told = page.inner_text("#size .told")
    assert told.startswith("1 number:")
    for which in ("mse", "pca_mse"):
        assert f"{float(f'{rows[0][which]:.3g}'):g}" in told
    item = alone(page)[0]
    click(page, page.evaluate(SPOT_OF, item))
    page.wait_for_selector("#size img[src*='pca.png?size=1']")
    page.locator("#size input").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"#size img[src$='item/{item}/rebuilt.png?size=2']")
    page.wait_for_selector("#size img[src*='pca.png?size=2']")


def test_a_dropped_file_is_placed(open_page, digits_page) -> None:
    page = open_page(digits_page)
    content = io.BytesIO()
    np.save(content, open_data("digits").items[23][None])
    transfer = page.evaluate_handle(
        """(bytes) => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(bytes)], "my <i>digit.npy"));
          return files;
        }""",
        list(content.getvalue()),
    )
    page.dispatch_event("#plot", "dragenter", {"dataTransfer": transfer})
    page.wait_for_selector("#dropzone:not([hidden])")
    page.dispatch_event("#plot", "drop", {"dataTransfer": transfer})
    page.wait_for_selector("#dropped .thumb")
    assert page.locator("#dropzone").is_hidden()
    assert page.inner_text("#dropped h2") == "my <i>digit.npy"
    assert page.locator("#dropped .thumb").count() == 8
    assert page.get_attribute("#dropped .thumb img", "src").endswith("item/23/picture.png")
    page.wait_for_selector("#dropped >> text=nats")
    assert page.locator("#over .new").count() == 1
    page.click("#dropped .head button")
    assert page.locator("#over .new").count() == 0


def test_the_lasso_chooses_tells_exports_and_labels(open_page, serve, copied) -> None:
    address = serve(copied)
    page = open_page(address)
    draw_round(page, middle(page))
    page.wait_for_selector("#chosen .thumb")
    n = int(page.inner_text("#chosen h2").split()[0].replace(",", ""))
    assert n > 5
    assert page.locator("#chosen .thumb").count() == min(n, 8)
    assert page.locator("#chosen .shares li").count() >= 1
    with page.expect_download() as waiting:
        page.click("#chosen >> text=CSV")
    table = pd.read_csv(waiting.value.path(), dtype={"id": str})
    assert len(table) == n
    page.fill("#chosen input[name=label]", "round, and mine")
    page.click("#chosen >> text=Save")
    page.wait_for_selector("#chosen >> text=isthmus classify")
    page.wait_for_selector("#legend >> text=round, and mine")
    saved = pd.read_csv(copied / "labels.csv", dtype=str)
    assert sorted(saved["id"]) == sorted(table["id"])
    assert set(saved["label"]) == {"round, and mine"}
    # It is there when the page is opened again, and classify reads it.
    again = open_page(address + "#by=given")
    again.wait_for_selector("#legend >> text=round, and mine")
    item = Own.of(copied).ids.tolist().index("0")
    again.evaluate("(item) => window.isthmus.pin(item)", item)
    again.click("#card >> text=Give it a label")
    again.wait_for_selector("#chosen .thumb")
    again.fill("#chosen input[name=label]", "other")
    again.click("#chosen >> text=Save")
    again.wait_for_selector("#legend >> text=other")
    assert classify_run(copied, copied / "labels.csv")["n_labelled"] in (n, n + 1)


def test_the_keyboard_does_what_the_mouse_does(open_page, digits_page) -> None:
    page = open_page(digits_page)
    page.focus("#ground")
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert page.locator("#over .cursor").count() == 1
    page.wait_for_selector("#card .id")
    wide = view(page)["x1"] - view(page)["x0"]
    page.keyboard.press("+")
    page.wait_for_function(
        "(wide) => window.isthmus.map.view.x1 - window.isthmus.map.view.x0 < wide", arg=wide
    )
    page.keyboard.press("0")
    page.keyboard.press("c")
    page.wait_for_function("window.isthmus.colours.key === 'given'")
    page.wait_for_selector("#legend >> text=No labels yet")
    page.keyboard.press("v")
    page.wait_for_selector("#chosen >> text=1,797 pictures chosen")
    page.keyboard.press("l")
    assert page.get_attribute("#lasso", "aria-pressed") == "true"
    for _ in range(3):
        page.keyboard.press("Escape")
    page.wait_for_selector("#chosen", state="hidden")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")


def test_dark_and_light(open_page, digits_page) -> None:
    page = open_page(digits_page, color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.click("#theme")
    light = page.evaluate(paper)
    assert (dark, light) == ("rgb(20, 23, 26)", "rgb(255, 255, 255)")
    page.reload()
    page.wait_for_selector(READY)
    assert page.evaluate(paper) == light
    # The points take the palette of the report, in its order.
    colours = page.evaluate("window.isthmus.colours.colouring.palette()")
    assert colours[:2] == ["#0072b2", "#d55e00"]


def test_a_phone_has_room(open_page, digits_page) -> None:
    page = open_page(
        digits_page, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    spot = page.evaluate(SPOT_OF, alone(page)[0])
    page.touchscreen.tap(*spot)
    page.wait_for_selector("#card img")
    assert page.locator("#card").bounding_box()["y"] > page.locator("#map").bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_two_fingers_zoom(open_page, digits_page) -> None:
    page = open_page(
        digits_page, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    fingers = page.context.new_cdp_session(page)
    x, y = middle(page)

    def touch(kind: str, apart: float | None) -> None:
        ends = [] if apart is None else [(x - apart / 2, 0), (x + apart / 2, 1)]
        points = [{"x": at, "y": y, "id": number} for at, number in ends]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = view(page)
    touch("touchStart", 60)
    for apart in range(70, 130, 10):
        touch("touchMove", apart)
        page.wait_for_timeout(40)
    touch("touchEnd", None)
    page.wait_for_function(
        "(wide) => window.isthmus.map.view.x1 - window.isthmus.map.view.x0 < 0.7 * wide",
        arg=before["x1"] - before["x0"],
    )


def test_while_loading_there_is_a_shape(open_page, digits_page, browser) -> None:
    page = browser.new_page()
    page.route("**/api/run", lambda route: None)
    page.goto(digits_page)
    page.wait_for_selector("#waiting >> text=Loading")
    assert page.locator("#card .blank").count() == 2
    assert page.locator(".tools").is_hidden()
    page.close()


def test_errors_are_told_and_mended(open_page, digits_page) -> None:
    page = open_page(digits_page)
    page.route("**/api/**", lambda route: route.abort())
    move_to(page, page.evaluate(GROUND)[0])
    page.wait_for_selector("#alarm:not([hidden]) >> text=does not answer")
    page.unroute("**/api/**")
    page.click("#again")
    page.wait_for_selector("#alarm", state="hidden")
    page.set_input_files("#dropped input", {"name": "a.png", "mimeType": "", "buffer": b"none"})
    page.wait_for_selector("#dropped .bad")
    page.wait_for_selector("#dropped >> text=Open another file")


def test_an_address_shows_the_same_view(open_page, digits_page) -> None:
    page = open_page(digits_page)
    one, other = alone(page)[:2]
    page.evaluate(
        "([a, b]) => window.isthmus.pin(a).then(() => window.isthmus.pin(b))", [one, other]
    )
    page.select_option("#by", "split")
    page.click("#nearer")
    draw_round(page, middle(page), 60)
    page.wait_for_selector("#chosen .thumb")
    chosen = page.inner_text("#chosen h2")
    page.wait_for_function("location.hash.includes('line=') && location.hash.includes('by=split')")
    page.wait_for_timeout(300)
    address, was = page.url, view(page)
    again = open_page(address)
    again.wait_for_selector("#path:not([hidden]) .strip")
    again.wait_for_selector("#chosen .thumb")
    assert again.inner_text("#chosen h2") == chosen
    assert again.evaluate("window.isthmus.colours.key") == "split"
    for end, value in view(again).items():
        assert value == pytest.approx(was[end], abs=0.02 * (was["x1"] - was["x0"]))


def test_a_million_points(open_page, serve, copied) -> None:
    n = 1_000_000
    chance = np.random.default_rng(0)
    groups = chance.integers(0, 12, n)
    middles = chance.normal(size=(12, 6)) * 4
    codes = (middles[groups] + chance.normal(size=(n, 6))).astype(np.float32)
    columns = {
        "id": pa.array(np.arange(n).astype(str)),
        "label": pa.array(groups).cast(pa.string()),
        "split": pa.array(["train"]).take(pa.array(np.zeros(n, np.int64))),
    } | {f"c{i}": pa.array(column) for i, column in enumerate(codes.T)}
    pq.write_table(pa.table(columns), copied / "codes.parquet")
    page = open_page(serve(copied))
    assert "1,000,000 pictures" in page.inner_text("#about")
    page.wait_for_selector("#legend button")
    assert page.evaluate("window.isthmus.points.total") == n
    assert 5_000 < page.evaluate("window.isthmus.points.which.length") <= 60_000
    # Far in all points are drawn, and each can be pointed at.
    place = page.evaluate("[...window.isthmus.points.places.slice(0, 2)]")
    page.evaluate("([x, y]) => window.isthmus.map.go(window.isthmus.map.around(x, y, 0.05))", place)
    page.wait_for_function("window.isthmus.points.whole", timeout=PATIENCE)
    decoded = page.evaluate(GROUND)
    move_to(page, decoded[0])
    page.wait_for_selector("#lens.made:not([hidden])")
    page.keyboard.press("0")
    page.wait_for_function("window.isthmus.points.total > 900000")
    page.keyboard.press("v")
    page.wait_for_selector("#chosen >> text=1,000,000 pictures chosen")
