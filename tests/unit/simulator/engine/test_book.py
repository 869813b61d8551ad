import json

from simulator.engine.book import RecordedBook


def _snapshot(update_id, bids, asks):
    return json.dumps({"lastUpdateId": update_id, "bids": bids, "asks": asks}).encode()


def _diff(first_id, last_id, bids=(), asks=()):
    body = {"e": "depthUpdate", "U": first_id, "u": last_id, "b": bids, "a": asks}
    return json.dumps(body).encode()


def test_the_book_is_unknown_until_a_snapshot():
    book = RecordedBook()
    book.on_diff(_diff(1, 5, [["9.0", "1.0"]]))
    assert book.view(10) is None


def test_diffs_streamed_before_the_snapshot_apply_only_where_newer():
    book = RecordedBook()
    book.on_diff(_diff(1, 5, [["9.0", "1.0"]]))
    book.on_diff(_diff(6, 8, [["8.0", "2.0"]]))
    book.on_snapshot(_snapshot(6, [["7.0", "3.0"]], [["10.0", "1.0"]]))
    view = book.view(10)
    assert view is not None
    assert (view.last_update_id, view.bids) == (8, [("8.0", "2.0"), ("7.0", "3.0")])


def test_zero_removes_a_level_and_the_limit_cuts_the_worst():
    book = RecordedBook()
    book.on_snapshot(
        _snapshot(1, [["7.0", "3.0"], ["10.0", "1.0"]], [["12.0", "1"], ["11.0", "1"]])
    )
    book.on_diff(_diff(2, 2, [["10.0", "0.00000000"]]))
    view = book.view(1)
    assert view is not None
    assert (view.bids, view.asks) == ([("7.0", "3.0")], [("11.0", "1")])


def test_a_gap_in_the_diffs_makes_the_book_unknown_until_the_next_snapshot():
    book = RecordedBook()
    book.on_snapshot(_snapshot(1, [["7.0", "3.0"]], []))
    book.on_diff(_diff(5, 6, [["8.0", "1.0"]]))
    assert book.view(10) is None
    book.on_snapshot(_snapshot(4, [["7.0", "2.0"]], []))
    view = book.view(10)
    assert view is not None
    assert (view.last_update_id, view.bids[0]) == (6, ("8.0", "1.0"))


def test_a_snapshot_older_than_the_book_is_ignored():
    book = RecordedBook()
    book.on_snapshot(_snapshot(5, [["7.0", "3.0"]], []))
    book.on_snapshot(_snapshot(2, [["1.0", "1.0"]], []))
    view = book.view(10)
    assert view is not None
    assert view.last_update_id == 5


def test_the_best_levels_are_those_of_the_view_and_none_of_an_unknown_book():
    book = RecordedBook()
    assert book.best() == ([], [])
    book.on_snapshot(_snapshot(6, [["7.0", "3.0"], ["10.0", "1.0"]], [["11.0", "1.0"]]))
    book.on_diff(_diff(7, 8, [["9.0", "2.0"], ["10.0", "0.0"]], [["11.0", "0.0"]]))
    assert book.best() == ([("9.0", "2.0")], [])
