"""Summit in a real browser: what works on the graph, the list and the map without the server."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.dashboard import settled
from tests.pages.toy_store import HOSTILE, write_toy_store
from tests.pages.toy_summit import LAYERS, count, edges, vertices, write_imported, write_toy_summit

pytestmark = pytest.mark.browser

MANY = 1000
MIDDLE = (1, 2)  # a channel in the middle layer of every class's graph


@pytest.fixture(scope="module")
def url(serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("summit")
    write_toy_store(root, count=200, test=80)
    write_toy_summit(root)
    write_imported(root, "many", [f"class {number:04d}" for number in range(MANY)])
    with serve("app.py", {"DARKROOM_STORE": str(root), "DARKROOM_STUDY": "toy"}) as url:
        yield url


def opened(page: Page, url: str, query: str = "") -> Locator:
    page.goto(f"{url}/summit?{query}")
    graph = page.locator(".graph").first
    expect(graph).to_have_attribute("data-moving", "false")
    settled(page)
    return graph


def asked(page: Page, word: str, value: str | None) -> None:
    """Wait until the address says `word=value`, or until it does not name the word."""
    page.wait_for_function(
        "([word, value]) => new URLSearchParams(location.search).get(word) === value",
        arg=[word, value],
    )
    settled(page)


def middle(page: Page, place: tuple[int, int], share: float = 0.5) -> tuple[float, float]:
    """Screen coordinates in a vertex, at a share of its width."""
    box = page.locator(f'.vertex[data-vertex="{place[0]}.{place[1]}"] rect').first.bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def joined(class_: int, place: tuple[int, int]) -> int:
    layer, channel = place
    return sum(
        (low + 1, b) == (layer + 1, channel) or (low - 1, a) == (layer, channel)
        for low, a, b in edges(class_)
    )


def test_hovering_a_vertex_shows_its_patches_and_lets_its_edges_flow(page, url):
    graph = opened(page, url, "class=0")
    page.mouse.move(*middle(page, MIDDLE))
    card = graph.locator(".card")
    expect(card).to_be_visible()
    expect(card.locator(".patches img")).to_have_count(10)
    expect(card.locator(".variants img")).to_have_count(4)
    expect(card).to_contain_text(f"chosen by {count(0, *MIDDLE)} of 6 images")
    expect(card).to_contain_text("in 3 other classes’ graphs")
    expect(graph).to_have_attribute("data-focus", "1.2")
    expect(graph).to_have_attribute("data-flowing", str(joined(0, MIDDLE)))
    expect(graph).to_have_attribute("data-lit", str(joined(0, MIDDLE) + 1))
    veil = graph.locator("canvas.flows").evaluate(
        "canvas => canvas.getContext('2d').getImageData(canvas.width - 60, 60, 1, 1).data[3]"
    )
    assert veil > 150  # what does not stand out is all but covered
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    expect(graph).to_have_attribute("data-flowing", "0")


def test_going_from_left_to_right_steps_through_the_variants(page, url):
    graph = opened(page, url, "class=0")
    image = graph.locator('.vertex[data-vertex="1.2"] image')
    for number, share in enumerate((0.1, 0.35, 0.6, 0.9)):
        page.mouse.move(*middle(page, MIDDLE, share))
        expect(image).to_have_attribute("href", re.compile(f"/picture/1/2/{number}$"))
    page.mouse.move(5, 5)
    expect(image).to_have_attribute("href", re.compile("/picture/1/2/0$"))


def test_hovering_an_edge_shows_both_its_ends(page, url):
    graph = opened(page, url, "class=0")
    low, high = (graph.locator(f'.vertex[data-vertex="{at}"] rect').bounding_box() for at in
                 ("0.0", "1.0"))  # fmt: skip
    assert low is not None
    assert high is not None
    # A curve's middle lies half-way between the lower vertex's top and the upper one's bottom.
    at = (
        (low["x"] + low["width"] / 2 + high["x"] + high["width"] / 2) / 2,
        (low["y"] + high["y"] + high["height"]) / 2,
    )
    page.mouse.move(*at)
    card = graph.locator(".card")
    expect(card).to_contain_text("Influence")
    expect(card.locator(".ends img")).to_have_count(2)
    expect(graph).to_have_attribute("data-flowing", "1")
    expect(graph).to_have_attribute("data-lit", "2")


def test_a_click_pins_a_vertex_and_escape_lets_it_go(page, url):
    graph = opened(page, url, "class=0")
    page.mouse.click(*middle(page, MIDDLE))
    asked(page, "pin", "1.2")
    page.mouse.move(5, 5)
    expect(graph).to_have_attribute("data-pinned", "1.2")
    expect(graph.locator(".card")).to_be_visible()
    graph.locator("svg.scene").press("Escape")
    asked(page, "pin", None)
    expect(graph.locator(".card")).to_be_hidden()


def test_a_pinned_vertex_can_be_linked_to(page, url):
    graph = opened(page, url, "class=0&pin=1.2")
    expect(graph.locator(".card")).to_contain_text("middle, channel 2")


def test_the_slider_leaves_out_what_few_images_chose_and_the_rest_closes_ranks(page, url):
    graph = opened(page, url, "class=0")
    kept = [place for place in vertices(0) if count(0, *place) >= 12]
    expect(graph).to_have_attribute("data-vertices", str(len(vertices(0))))
    graph.get_by_label("images at least").fill("12")
    expect(graph).to_have_attribute("data-vertices", str(len(kept)))
    expect(graph).to_have_attribute("data-moving", "false")
    asked(page, "least", "12")
    for layer in {layer for layer, _ in kept}:
        row = [place for place in kept if place[0] == layer]
        middles = [
            graph.locator(f'.vertex[data-vertex="{a}.{b}"]').evaluate(
                "element => element.transform.baseVal.consolidate().matrix.e"
            )
            for a, b in row
        ]
        if len(row) == 1:
            assert middles == [0]
        else:
            assert min(middles) < 0 < max(middles)
    graph.get_by_title("Back to the whole graph").click()
    expect(graph).to_have_attribute("data-vertices", str(len(vertices(0))))
    asked(page, "least", None)


def test_width_and_height_stretch_the_graph(page, url):
    graph = opened(page, url, "class=0")

    def spread() -> tuple[float, float]:
        found = graph.evaluate(
            """root => {
              const at = [...root.querySelectorAll('.vertex')].map(
                (v) => v.transform.baseVal.consolidate().matrix);
              const far = (all) => Math.max(...all) - Math.min(...all);
              return [far(at.map((m) => m.e)), far(at.map((m) => m.f))];
            }"""
        )
        return found[0], found[1]

    wide, tall = spread()
    graph.get_by_label("width").fill("200")
    asked(page, "across", "200")
    graph.get_by_label("height", exact=True).fill("200")
    asked(page, "down", "200")
    expect(graph).to_have_attribute("data-moving", "false")
    assert spread()[0] > 1.3 * wide
    assert spread()[1] > 1.3 * tall


def test_the_wheel_zooms_and_the_names_of_layers_stay_in_sight(page, url):
    graph = opened(page, url, "class=0")
    stage = graph.locator(".stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + 40)
    page.mouse.wheel(0, -600)
    page.wait_for_function("root => Number(root.dataset.zoom) > 1.5", arg=graph.element_handle())
    name = graph.locator(".rowname").last.bounding_box()
    assert name is not None
    assert stage["x"] <= name["x"] <= stage["x"] + 30


def test_another_class_is_compared_by_a_click_in_the_list(page, url):
    opened(page, url, "class=0")
    row = page.locator('.classlist .rows .row[data-class="2"]')
    row.get_by_title("Compare with the chosen class").click()
    asked(page, "class2", "2")
    graph = page.locator(".graph").first
    both = set(vertices(0)) | set(vertices(2))
    expect(graph).to_have_attribute("data-vertices", str(len(both)))
    expect(graph.locator(".legend span")).to_have_count(3)
    page.get_by_role("radio", name="Shared", exact=True).click()
    shared = set(vertices(0)) & set(vertices(2))
    expect(graph).to_have_attribute("data-vertices", str(len(shared)))


def test_side_by_side_graphs_share_threshold_and_hovering(page, url):
    graph = opened(page, url, "class=0&class2=2&part=compare&with=side")
    other = page.locator(".graph").nth(1)
    expect(other).to_have_attribute("data-vertices", str(len(vertices(2))))
    page.mouse.move(*middle(page, MIDDLE))
    expect(other).to_have_attribute("data-focus", "1.2")
    page.mouse.move(5, 5)
    graph.get_by_label("images at least").fill("12")
    kept = [place for place in vertices(2) if max(count(2, *place), count(0, *place) if place in
            vertices(0) else 0) >= 12]  # fmt: skip
    expect(other).to_have_attribute("data-vertices", str(len(kept)))


def export(page: Page, graph: Locator, name: str):
    graph.locator("summary").click()
    with page.expect_download() as download:
        graph.get_by_role("button", name=name).click()
    return download.value


def test_numbers_are_exported_of_what_is_shown_and_of_the_whole(page, url):
    graph = opened(page, url, "class=0&least=12")
    kept = [place for place in vertices(0) if count(0, *place) >= 12]
    for name, expected in (("JSON, what is shown", len(kept)), ("JSON, whole graph", 6)):
        file = export(page, graph, name)
        content = json.loads(file.path().read_text("utf-8"))
        assert len(content["vertices"]) == expected
        assert content["layers"] == list(LAYERS)
    assert len(content["edges"]) == len(edges(0))
    assert {(v["layer"], v["channel"], v["images"]) for v in content["vertices"]} == {
        (LAYERS[layer], channel, count(0, layer, channel)) for layer, channel in vertices(0)
    }


def test_a_picture_is_exported(page, url):
    graph = opened(page, url, "class=0")
    file = export(page, graph, "PNG, whole graph")
    assert file.suggested_filename.endswith("_graph.png")
    content = file.path().read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 5000


def test_the_exported_page_runs_without_a_network(page, url, tmp_path):
    graph = opened(page, url, "class=0")
    file = export(page, graph, "PyVis page, whole graph")
    path = tmp_path / "graph.html"
    file.save_as(path)
    errors: list[str] = []
    asked_for: list[str] = []
    alone = page.context.new_page()
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.on("dialog", lambda dialog: errors.append(dialog.message))
    alone.on("request", lambda request: asked_for.append(request.url))
    alone.goto(path.as_uri())
    expect(alone.locator("canvas")).to_have_count(1)
    expect(alone.locator("h1")).to_have_text(HOSTILE[0])
    assert errors == []
    assert [address for address in asked_for if not address.startswith(("file:", "data:"))] == []
    alone.close()


def test_points_glide_to_the_layer_that_is_clicked(page, url):
    opened(page, url, "class=0")
    map_ = page.locator(".classmap")
    expect(map_).to_have_attribute("data-layer", "2")
    map_.get_by_role("radio", name="low").click()
    expect(map_).to_have_attribute("data-layer", "0")
    expect(map_).to_have_attribute("data-gliding", "false")
    asked(page, "layer", "low")
    expect(page.locator(".classlist .row.top .like")).to_have_attribute(
        "title", "cosine similarity in low: 1.00"
    )


def test_names_are_text_and_nothing_else(page, url):
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    graph = opened(page, url, "class=0")
    expect(graph.locator("h2")).to_have_text(HOSTILE[0])
    expect(graph.locator(".rowname").last).to_have_text(LAYERS[2])
    expect(page.locator(".classlist .row.top .name")).to_have_text(HOSTILE[0])
    page.locator('.classlist .rows .row[data-class="1"]').hover()
    assert dialogs == []


def test_the_keyboard_reaches_classes_and_channels(page, url):
    graph = opened(page, url, "class=0")
    first = page.locator('.classlist .rows .row[tabindex="0"]')
    first.focus()
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".classlist .rows .row:focus").get_attribute("data-class")
    page.keyboard.press("Enter")
    asked(page, "class", chosen)
    graph.locator('.vertex[tabindex="0"]').focus()
    before = graph.get_attribute("data-focus")
    page.keyboard.press("ArrowUp")
    expect(graph).not_to_have_attribute("data-focus", before or "")
    page.keyboard.press("Enter")
    asked(page, "pin", graph.get_attribute("data-focus"))


def test_a_thousand_classes_are_found_sorted_and_scrolled(page, url):
    opened(page, url, "study=many&class=500")
    list_ = page.locator(".classlist")
    expect(list_).to_have_attribute("data-classes", str(MANY))
    rows = list_.locator(".rows .row")
    assert rows.count() < 60  # only those in sight, and a few more
    near = {rows.nth(0).get_attribute("data-class"), rows.nth(1).get_attribute("data-class")}
    assert near == {"499", "501"}
    list_.locator(".scroll").evaluate("element => element.scrollTo(0, element.scrollHeight)")
    expect(list_.locator('.row[data-class="0"]')).to_have_count(1)
    assert rows.count() < 60
    list_.get_by_label("Find a class").fill("0777")
    expect(list_).to_have_attribute("data-found", "1")
    list_.get_by_label("Find a class").press("Enter")
    asked(page, "class", "777")
    expect(page.locator(".graph h2")).to_have_text("class 0777")


def test_names_appear_as_the_reader_zooms_into_the_map(page, url):
    opened(page, url, "study=many&class=500")
    map_ = page.locator(".classmap")
    before = int(map_.get_attribute("data-names") or 0)
    box = map_.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -1000)
    page.wait_for_function(
        "([root, before]) => Number(root.dataset.names) > before",
        arg=[map_.element_handle(), before],
    )


def test_another_theme_repaints_what_lies_on_a_canvas(page, url):
    opened(page, url, "class=0")
    drawn = """selector => {
      const find = (root) => [...root.querySelectorAll('*')].flatMap((element) => [
        ...(element.matches(selector) ? [element] : []),
        ...(element.shadowRoot ? find(element.shadowRoot) : []),
      ]);
      const canvas = find(document)[0];
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let [sum, count] = [0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 40) [sum, count] = [sum + data[i], count + 1];
      }
      return count ? sum / count : -1;
    }"""
    before = [page.evaluate(drawn, selector) for selector in (".classmap canvas", "canvas.edges")]
    page.emulate_media(color_scheme="dark")
    for selector, dark_ink in zip((".classmap canvas", "canvas.edges"), before, strict=True):
        page.wait_for_function(
            f"([selector, before]) => Math.abs(({drawn})(selector) - before) > 20",
            arg=[selector, dark_ink],
        )
    page.emulate_media(color_scheme="light")


def test_a_motif_stands_out_until_something_is_looked_at(page, url):
    graph = opened(page, url, "class=0&part=motifs&motif=0")
    expect(graph).to_have_attribute("data-flowing", "2")
    expect(graph).to_have_attribute("data-lit", "3")
    page.mouse.move(*middle(page, (2, 0)))
    expect(graph).to_have_attribute("data-focus", "2.0")
    expect(graph).to_have_attribute("data-flowing", str(joined(0, (2, 0))))
    page.mouse.move(5, 5)
    expect(graph).to_have_attribute("data-lit", "3")
