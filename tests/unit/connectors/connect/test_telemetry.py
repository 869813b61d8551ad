import re

from connectors.connect.telemetry import Metric, Telemetry, prometheus_text


def test_counters_grow_and_gauges_are_set() -> None:
    telemetry = Telemetry("spot", 0)
    telemetry.add(Metric.RECORDS, 3)
    telemetry.add(Metric.RECORDS)
    telemetry.put(Metric.WAITING, 9)
    telemetry.put(Metric.WAITING, 2)
    assert telemetry.values == {Metric.RECORDS: 4, Metric.WAITING: 2}


def test_the_log_line_names_task_and_values() -> None:
    telemetry = Telemetry("spot", 1)
    telemetry.add(Metric.FRAMES, 5)
    assert telemetry.line() == "spot task 1: frames_total=5"


def test_prometheus_gets_every_metric_of_every_task() -> None:
    first, second = Telemetry("spot", 0), Telemetry("spot", 1)
    second.add(Metric.GAPS)
    text = prometheus_text([first, second])
    assert 'tidemark_connector_gaps_total{connector="spot",task="0"} 0.0\n' in text
    assert 'tidemark_connector_gaps_total{connector="spot",task="1"} 1.0\n' in text
    assert text.count("# TYPE ") == len(Metric)


def test_a_connectors_name_cannot_break_the_text() -> None:
    text = prometheus_text([Telemetry('spot "2"', 0)])
    assert 'gaps_total{connector="spot \\"2\\"",task="0"} 0.0\n' in text


def test_names_are_unique_and_say_their_kind() -> None:
    names = [metric.value.name for metric in Metric]
    assert len(set(names)) == len(names)
    for metric in Metric:
        assert re.fullmatch(r"[a-z][a-z_]*", metric.value.name)
        assert metric.value.name.endswith("_total") == (metric.value.kind == "counter")
        assert metric.value.description.endswith(".")
