"""What a driver cannot do, and the tests that ask for it: there they are skipped, and say why."""

Limits = dict[str, tuple[str, ...]]

_FIGURES = (
    "test_a_shift_would_be_seen",
    "test_all_that_comes_before_the_first_list_weighs_at_most_24_kb_gzipped",
    "test_nothing_shifts_in_any_action",
    "test_the_page_is_at_most_18_files_all_from_its_own_origin",
    "test_with_500_rows_an_input_makes_no_more_work_than_with_40",
)
_DEVTOOLS = (
    "test_enter_that_ends_a_composition_adds_nothing",
    "test_the_browser_asks_before_it_sends",
)
_OF_CHROMIUM: Limits = {
    "Only Chromium tells of layout shifts, layouts and each file that it loads": _FIGURES,
    "Only Chromium speaks the DevTools protocol": _DEVTOOLS,
    "The driver has no touch screen": (
        "test_a_title_opens_its_to_do_by_touch",
        "test_a_to_do_is_added_by_touch",
    ),
    "The driver does not switch JavaScript off": (
        "test_without_javascript_the_page_says_what_else_there_is",
    ),
    "The driver has no paper": ("test_on_paper_there_are_the_to_dos_alone",),
}

FIREFOX: Limits = {
    **_OF_CHROMIUM,
    "Two clicks of WebDriver BiDi are no double click": ("test_a_double_click_opens_the_edit",),
}

WEBKIT: Limits = {
    **_OF_CHROMIUM,
    "WebKitGTK keeps nothing on the disk while it is driven": (
        "test_nothing_that_is_shown_as_saved_is_lost_or_doubled",
    ),
    "WebKitGTK has no forced colours": (
        "test_with_forced_colours_a_switch_shows_whether_it_is_on",
        "test_with_forced_colours_everything_keeps_an_edge",
        "test_with_forced_colours_what_is_chosen_can_be_told",
    ),
    "WebDriver does not tell whether a page that closes has asked": (
        "test_whoever_leaves_is_asked_nothing_since_all_of_it_is_kept",
        "test_where_nothing_can_be_kept_whoever_leaves_is_asked",
    ),
    "The driver does not choose the language": (
        "test_times_are_in_the_reader_s_own_words_and_zone",
    ),
    "The driver hears of a response before the page does": (
        "test_a_list_that_cannot_be_read_again_is_asked_for_less_often",
    ),
    "The driver does not find a tab that the page has opened": (
        "test_a_filter_opens_in_a_new_tab_as_links_do",
    ),
    "The driver's picture may be of an earlier frame": (
        "test_no_focus_ring_is_cut_off_by_its_row",
    ),
    "The driver has one clock for all tabs": (
        "test_a_deletion_waits_for_the_change_that_another_tab_is_sending",
    ),
    "The driver does not tell which tab has sent a request": ("test_a_second_tab_follows",),
}

LIMITS: dict[str, Limits] = {"chromium": {}, "firefox": FIREFOX, "webkit": WEBKIT}


def limit(engine: str, test: str) -> str | None:
    """Why a test cannot run in an engine, if it cannot."""
    return next((why for why, tests in LIMITS[engine].items() if test in tests), None)
