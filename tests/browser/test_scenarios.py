"""The view of scenarios: what is tried in which order, and how another answer is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.editing import NEW, REFUSED, append, find_text, read_text, write
from tests.conftest import FIXTURES

Shoot = Callable[[Page, str], Path]
FindBarriers = Callable[[Page], list[str]]
WEATHER_TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}


def add(server: MockServer, text: str, **query: str) -> None:
    httpx.post(f"{server.url}/_mock/scenarios", params=query, content=text).raise_for_status()


def read_answer(server: MockServer, text: str, **more: Any) -> str:
    return str(ask(server, text, **more).json()["content"][-1]["text"])


def find_rows(page: Page) -> list[str]:
    page.locator(".scenarios-row").first.wait_for()
    return page.locator(".scenarios-name").all_inner_texts()


def test_list_is_in_the_order_they_are_tried(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    add(server, "name: for-all\nreply: x\n", scope="server")
    add(server, "name: for-one\nwhen: {user: {contains: [rain, sun]}}\ncalls: [a, b]\n", session="demo")
    ask(server, "rain")
    page = open_page(f"{server.url}/_mock/#/scenarios")
    assert find_rows(page)[:2] == ["for-one", "for-all"]
    first, second, third = (page.locator(".scenarios-row").nth(index) for index in range(3))
    expect(first).to_contain_text("session demo")
    expect(first).to_contain_text("1 of 2")
    expect(first).to_contain_text("user: contains rain or sun")
    expect(second).to_contain_text("all sessions")
    expect(second).to_contain_text("any request")
    expect(third).to_contain_text("file")
    expect(third).to_contain_text("messages.yaml:")
    shoot(page, "scenarios")


def test_counts_follow_requests(server: MockServer, open_page: Open) -> None:
    add(server, "name: counted-here\nwhen: {user: rain}\ncalls: [a, b]\n", session="demo")
    page = open_page(f"{server.url}/_mock/#/scenarios")
    row = page.get_by_role("link", name="counted-here")
    expect(row).to_contain_text("0 of 2")
    ask(server, "rain")
    expect(row).to_contain_text("1 of 2")


def test_filter_finds_by_all_its_words(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/scenarios")
    page.get_by_role("searchbox").fill("weather tools.yaml oslo")
    expect(page.locator(".scenarios-name").filter(has_text="weather-abroad")).to_be_visible()
    assert all("weather" in name or "parallel" in name for name in find_rows(page))
    page.get_by_role("searchbox").fill("no such scenario")
    expect(page.get_by_text("0 of")).to_be_visible()


def test_scenario_of_a_file_is_edited_in_front_of_it(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = open_page(f"{server.url}/_mock/#/scenarios")
    page.get_by_role("searchbox").fill("weather-abroad")
    page.get_by_role("link", name="weather-abroad").click()
    expect(find_text(page)).to_contain_text("location: Oslo")
    expect(page.get_by_text("in front of the one in the file, which stays as it is")).to_be_visible()
    shoot(page, "scenario-of-a-file")
    write(page, "name: weather-abroad\nwhen: {user: weather in Oslo}\nreply: It snows.\n")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved weather-abroad to session demo")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/_mock/#/scenarios/weather-abroad?scope=session&session=demo")
    assert read_answer(server, "weather in Oslo", tools=[WEATHER_TOOL]) == "It snows."
    page.get_by_role("searchbox").fill("weather-abroad")
    assert len(find_rows(page)) == 2
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".scenarios-row")).to_have_count(1)
    assert ask(server, "weather in Oslo", tools=[WEATHER_TOOL]).json()["stop_reason"] == "tool_use"


def test_draft_of_a_request_is_changed_and_saved_by_keys_alone(
    server: MockServer, open_page: Open, shoot: Shoot
) -> None:
    ask(server, "how does it feel?", key="test-7")
    page = open_page(f"{server.url}/_mock/#/scenarios?from=1")
    expect(find_text(page)).to_be_focused()
    page.keyboard.insert_text("It feels fine.")
    shoot(page, "scenario-of-a-request")
    assert "text: >-\n        It feels fine.\n" in read_text(page)
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Saved request-1 to session test-7")).to_be_visible()
    again = page.get_by_role("link", name="Send request 1 again")
    expect(again).to_have_attribute("href", "#/try?from=1&send=true")
    shoot(page, "scenario-saved")
    assert read_answer(server, "how does it feel?", key="test-7") == "It feels fine."


def test_new_scenario_for_all_sessions(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/scenarios")
    page.get_by_role("link", name="New", exact=True).click()
    write(page, "name: everywhere\nwhen: {user: anything new}\nreply: Nothing.\n")
    page.get_by_label("Save to").select_option("all sessions")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved everywhere to all sessions")).to_be_visible()
    assert read_answer(server, "anything new?", key="another") == "Nothing."
    page.get_by_role("link", name="New", exact=True).click()
    expect(find_text(page)).to_contain_text("my-scenario")


def test_mistake_is_not_saved(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/{NEW}", allowed=(REFUSED,))
    write(page, "name: not-to-be-saved\nreplay: x\n")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    assert "not-to-be-saved" not in httpx.get(f"{server.url}/_mock/scenarios").text


def test_unsaved_text_outlives_navigation(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/{NEW}")
    append(page, "# mine\n")
    page.get_by_role("navigation").get_by_role("link", name="Requests").click()
    page.get_by_role("navigation").get_by_role("link", name="Scenarios").click()
    page.get_by_role("link", name="New", exact=True).click()
    expect(find_text(page)).to_contain_text("# mine")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(find_text(page)).not_to_contain_text("# mine")


def test_name_alone_finds_the_first_one(server: MockServer, open_page: Open) -> None:
    add(server, "name: weather/of today\nwhen: {user: rain}\nreply: Rain.\n", session="demo")
    page = open_page(f"{server.url}/_mock/#/scenarios/weather%2Fof%20today")
    expect(find_text(page)).to_contain_text("reply: Rain.")
    expect(page.locator('.scenarios-row[aria-current="true"]')).to_contain_text("weather/of today")


def test_name_that_is_gone_is_told(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/scenarios/gone", allowed=("404 (Not Found)",))
    expect(page.get_by_role("alert")).to_contain_text("There is no scenario 'gone'")


def test_rows_are_walked_by_keys(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/scenarios")
    find_rows(page)
    page.get_by_role("link", name="New", exact=True).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    last = len(httpx.get(f"{server.url}/_mock/scenarios").json()["scenarios"]) - 1
    expect(page.locator(".scenarios-row:focus")).to_have_attribute("data-index", str(last))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator('.scenarios-row[aria-current="true"]')).to_have_attribute("data-index", str(last - 1))
    find_text(page)


def test_file_is_written_where_the_server_allows_it(servers: ExitStack, tmp_path: Path, open_page: Open) -> None:
    shutil.copy(FIXTURES / "tools.yaml", tmp_path / "tools.yaml")
    server = servers.enter_context(MockServer(tmp_path, allow_edit=tmp_path))
    page = open_page(f"{server.url}/_mock/#/scenarios/tool-failed?scope=file", allowed=("412 (Precondition Failed)",))
    expect(page.get_by_label("Save to")).to_have_value("file")
    expect(page.get_by_role("combobox", name="File in")).to_have_value("tools.yaml")
    text = read_text(page).replace("I could not book a table.", "No table today.")
    write(page, text)
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Saved tool-failed to tools.yaml")).to_be_visible()
    written = (tmp_path / "tools.yaml").read_text()
    assert "No table today." in written
    assert "# what the tool answered decides" in written
    append(page, "# again\n")
    (tmp_path / "tools.yaml").write_text(written + "# by somebody else\n")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_role("alert")).to_contain_text("tools.yaml was changed since it was read.")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    write(page, text.replace("name: tool-failed", "name: no-table"))
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Saved no-table to tools.yaml. tool-failed is as it was.")).to_be_visible()
    expect(page.get_by_role("heading", name="no-table")).to_be_visible()
    assert "# by somebody else" in (tmp_path / "tools.yaml").read_text()


def test_new_scenario_goes_to_a_new_file(servers: ExitStack, tmp_path: Path, open_page: Open) -> None:
    server = servers.enter_context(MockServer(tmp_path, allow_edit=tmp_path))
    page = open_page(f"{server.url}/_mock/{NEW}")
    find_text(page)
    page.get_by_label("Save to").select_option("file")
    file, save = page.get_by_role("combobox", name="File in"), page.get_by_role("button", name="Save", exact=True)
    file.fill("../outside.yaml")
    save.click()
    expect(page.get_by_role("alert")).to_have_text("Name a file in the folder.")
    file.fill("inside.yaml")
    save.click()
    expect(page.get_by_text("Saved my-scenario to inside.yaml.")).to_be_visible()
    expect(page.get_by_role("heading", name="my-scenario")).to_be_visible()
    assert [path.name for path in tmp_path.iterdir()] == ["inside.yaml"]


def test_ten_thousand_scenarios(server: MockServer, open_page: Open) -> None:
    row = {"place": None, "scope": "server", "session": None, "used": 0, "answers": 1, "when": {"user": "x"}}
    rows = [{**row, "name": f"many-{index}"} for index in range(10_000)]
    page = open_page(f"{server.url}/_mock/")
    page.route("**/_mock/scenarios", lambda route: route.fulfill(json={"scenarios": rows, "total": len(rows)}))
    page.goto(f"{server.url}/_mock/#/scenarios")
    expect(page.get_by_text("10,000 scenarios")).to_be_visible()
    assert page.locator(".scenarios-row").count() < 60
    page.locator(".scenarios-rows").evaluate("box => box.scrollTop = 250_000")
    expect(page.get_by_role("link", name="many-5000 ")).to_be_visible()
    assert page.locator(".scenarios-row").count() < 60
    page.get_by_role("searchbox").fill("many-9999")
    expect(page.locator(".scenarios-row")).to_have_count(1)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_view_is_for_everybody(
    server: MockServer,
    open_page: Open,
    find_barriers: FindBarriers,
    shoot: Shoot,
    size: tuple[int, int],
    dark: bool,
) -> None:
    name = f"{size[0]}-{'dark' if dark else 'light'}"
    add(server, "name: for-one\nwhen: {user: rain}\ncalls: [a, b]\n", session="demo")
    add(server, "name: for-all\nwhen: {user: sun}\nreply: x\n", scope="server")
    page = open_page(f"{server.url}/_mock/#/scenarios", size=size, dark=dark)
    find_rows(page)
    assert find_barriers(page) == []
    shoot(page, f"scenarios-{name}")
    page.get_by_role("link", name="for-one").click()
    append(page, "# mine\n")
    expect(page.get_by_text("not saved").locator("visible=true").first).to_be_visible()
    assert find_barriers(page) == []
    shoot(page, f"scenario-{name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved for-one to session demo")).to_be_visible()
    assert find_barriers(page) == []
