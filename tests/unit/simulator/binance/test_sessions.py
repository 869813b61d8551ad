import json

import pytest

from simulator.binance.sessions import MAX_STREAMS, MessageBudget, Session


def _ask(session, **request):
    return json.loads(session.handle(json.dumps(request)).text)


def test_a_subscription_is_acknowledged_whatever_it_names():
    session = Session(combined=True)
    names = ["btcusdt@trade", "BTCUSDT@trade", "no@such"]
    assert _ask(session, method="SUBSCRIBE", params=names, id=1) == {"result": None, "id": 1}
    assert _ask(session, method="LIST_SUBSCRIPTIONS", id=2) == {"result": names, "id": 2}


@pytest.mark.parametrize("request_id", [0, -(2**63), 2**63 - 1, "a1b2", None])
def test_the_id_is_echoed_in_its_own_type(request_id):
    answer = _ask(Session(combined=False), method="LIST_SUBSCRIPTIONS", id=request_id)
    assert answer == {"result": [], "id": request_id}


@pytest.mark.parametrize("request_id", [1.5, 2**63, "x" * 37, True, [1]])
def test_an_id_of_another_type_is_an_error(request_id):
    answer = _ask(Session(combined=False), method="LIST_SUBSCRIPTIONS", id=request_id)
    assert answer["code"] == 2
    assert "request ID" in answer["msg"]


def test_unsubscribing_removes_only_what_is_named():
    session = Session(combined=False)
    session.subscribe(["a@trade", "b@trade"])
    assert _ask(session, method="UNSUBSCRIBE", params=["a@trade", "never"], id=3)["result"] is None
    assert list(session.streams) == ["b@trade"]


def test_combined_can_be_read_and_set():
    session = Session(combined=False)
    assert _ask(session, method="GET_PROPERTY", params=["combined"], id=1)["result"] is False
    assert _ask(session, method="SET_PROPERTY", params=["combined", True], id=2)["result"] is None
    assert session.combined is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{broken", 3),
        ("[]", 2),
        ("{}", 2),
        ('{"method":"DANCE","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2),
        ('{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":1}', 2),
        ('{"method":"GET_PROPERTY","params":["colour"],"id":1}', 0),
        ('{"method":"SET_PROPERTY","params":[7,true],"id":1}', 2),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1),
    ],
)
def test_malformed_messages_are_answered_with_their_code_and_change_nothing(text, code):
    session = Session(combined=True)
    reply = session.handle(text)
    assert json.loads(reply.text)["code"] == code
    assert (reply.close_reason, session.combined, dict(session.streams)) == ("", True, {})


def test_what_was_found_and_what_is_known_are_in_the_answer():
    session = Session(combined=True)
    methods = "SUBSCRIBE UNSUBSCRIBE LIST_SUBSCRIPTIONS SET_PROPERTY GET_PROPERTY"
    known = ", ".join(f"`{name}`" for name in methods.split())
    text = f"Invalid request: unknown variant `DANCE`, expected one of {known}"
    assert _ask(session, method="DANCE", id=1)["msg"] == text
    answer = _ask(session, method="SET_PROPERTY", params=["combined"], id=2)
    assert answer["msg"] == "Invalid request: expected 2 parameters"
    answer = _ask(session, method="GET_PROPERTY", params=["colour"], id=3)
    assert answer["msg"] == "Unknown property: colour"


def test_one_stream_too_many_is_an_error_that_ends_the_connection():
    session = Session(combined=True)
    session.subscribe([f"s{n}@trade" for n in range(MAX_STREAMS)])
    assert _ask(session, method="SUBSCRIBE", params=["s1@trade"], id=1) == {"result": None, "id": 1}
    reply = session.handle('{"method":"SUBSCRIBE","params":["one@more"],"id":2}')
    assert json.loads(reply.text) == {"code": 4, "msg": "Too many subscriptions", "id": 2}
    assert reply.close_reason == "Invalid request"


def test_the_sixth_message_in_a_second_is_one_too_many():
    budget = MessageBudget(5)
    assert [budget.take(0.1 * n) for n in range(6)] == [True] * 5 + [False]


def test_a_steady_rate_at_the_limit_is_allowed_for_ever():
    budget = MessageBudget(5)
    assert all(budget.take(0.2001 * n) for n in range(100))
