import json
from pathlib import Path

import pytest

from connectors.connect.errors import ConfigError
from connectors.connect.worker import load_connector, plan_tasks
from connectors.connect.worker_config import (
    ConnectorFile,
    read_connector_file,
    read_worker_config,
)
from market.dictionary.names import Namespace
from market.errors import UnknownNameError

SPOT = "connectors.binance.spot.SpotTradesConnector"


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def spot(name: str = "spot", **config: str) -> ConnectorFile:
    return ConnectorFile(name, {"connector.class": SPOT, "symbols": "BTCUSDT"} | config)


class TestWorkerFile:
    def test_an_empty_object_gives_the_defaults(self, tmp_path: Path) -> None:
        config = read_worker_config(write(tmp_path / "w.json", {}), {})
        assert config.bootstrap_servers == "127.0.0.1:9092"
        assert config.namespace == Namespace()
        assert config.transaction_interval_s == 0.1

    def test_the_environment_overrides_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "w.json", {"bootstrap.servers": "a:1", "namespace": "x"})
        environment = {"KAFKA_BOOTSTRAP_SERVERS": "b:2", "TIDEMARK_NAMESPACE": "y", "HOME": "/"}
        config = read_worker_config(path, environment)
        assert (config.bootstrap_servers, config.namespace) == ("b:2", Namespace("y"))

    def test_bad_keys_are_listed_with_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "w.json", {"rest.port": "http", "groupid": "g"})
        with pytest.raises(ConfigError, match=r"w\.json: 2 problem") as caught:
            read_worker_config(path, {})
        assert len(caught.value.problems) == 2

    def test_a_malformed_namespace_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownNameError, match="namespace 'A-B'"):
            read_worker_config(write(tmp_path / "w.json", {}), {"TIDEMARK_NAMESPACE": "A-B"})

    @pytest.mark.parametrize("text", ["[]", "{", ""])
    def test_a_file_that_is_not_an_object_is_refused(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "w.json"
        path.write_text(text)
        with pytest.raises(ConfigError, match="expected a JSON object"):
            read_worker_config(path, {})

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(
            ConfigError, match=r"none\.json: [\s\S]*expected a readable file, No such file"
        ):
            read_worker_config(tmp_path / "none.json", {})


class TestConnectorFile:
    def test_it_has_a_name_and_a_config(self, tmp_path: Path) -> None:
        path = write(tmp_path / "c.json", {"name": "spot", "config": {"tasks.max": 1}})
        assert read_connector_file(path) == ConnectorFile("spot", {"tasks.max": 1})

    @pytest.mark.parametrize("content", [{}, {"name": "spot"}, {"name": 1, "config": {}}])
    def test_a_malformed_file_is_refused(self, tmp_path: Path, content: dict[str, object]) -> None:
        with pytest.raises(ConfigError, match=r"expected .*name") as caught:
            read_connector_file(write(tmp_path / "c.json", content))
        assert str(caught.value).startswith(f"{tmp_path}/c.json: 1 problem")
        assert f"found keys {sorted(content)}" in str(caught.value)


class TestPlan:
    def test_a_market_is_read_by_one_task_whatever_is_allowed(self) -> None:
        (plan,) = plan_tasks([spot(**{"tasks.max": "4"})])
        assert plan.name == "spot task 0"
        assert plan.settings.names("symbols") == ("BTCUSDT",)

    def test_a_connectors_own_keys_are_checked_with_the_common_ones(self) -> None:
        with pytest.raises(ConfigError) as caught:
            plan_tasks([spot(exchange="mars", **{"tasks.max": "0"})])
        assert len(caught.value.problems) == 2

    def test_an_empty_list_of_symbols_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="symbols: expected 1 to 1024, found 0") as caught:
            plan_tasks([spot(symbols=" ,")])
        assert str(caught.value).startswith("trades of binance-spot: 1 problem")

    def test_a_name_may_be_used_once(self) -> None:
        with pytest.raises(
            ConfigError, match="one file for each connector name, found two"
        ) as caught:
            plan_tasks([spot("a"), spot("a")])
        assert str(caught.value).startswith("connector a: 1 problem")

    def test_a_topic_has_one_connector_that_vouches_for_its_time(self) -> None:
        with pytest.raises(ConfigError, match=r"topic trades\.binance-spot, found a too"):
            plan_tasks([spot("a"), spot("b", symbols="BNBUSDT")])

    @pytest.mark.parametrize(
        "path", ["", "nowhere", "connectors.nothing.Here", "connectors.binance.spot.Missing"]
    )
    def test_a_class_that_does_not_exist_is_refused(self, path: str) -> None:
        with pytest.raises(
            ConfigError, match=r"connector\.class: expected the dotted path"
        ) as caught:
            load_connector(ConnectorFile("spot", {"connector.class": path}))
        assert f"of a class, found {path!r}" in str(caught.value)

    def test_a_class_that_is_not_a_connector_is_refused(self) -> None:
        path = "connectors.binance.spot.SpotTradesTask"
        with pytest.raises(ConfigError, match=f"expected a Connector, found {path}"):
            load_connector(ConnectorFile("spot", {"connector.class": path}))
