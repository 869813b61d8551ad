package dev.tidemark.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerOptionsTest {
    @Test
    void whatIsNotGivenHasADefault() {
        assertThat(ServerOptions.parse("--file", "data/live.mv"))
                .isEqualTo(new ServerOptions("127.0.0.1", 27_017, Optional.of(Path.of("data/live.mv"))));
    }

    @Test
    void memoryIsNotAFile() {
        assertThat(ServerOptions.parse("--port", "0", "--host", "localhost", "--file", ":memory:"))
                .isEqualTo(new ServerOptions("localhost", 0, Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--host 127.0.0.1|--file: expected a path or ':memory:', found nothing",
        "--file|--file: expected a value, found nothing",
        "--file x --port high|--port: expected a number, found 'high'",
        "--file x --port 65536|--port: expected 0..65535, found 65536",
        "--file x --host 0.0.0.0|--host: expected a loopback name or address, found '0.0.0.0'",
        "--files x|expected --host, --port or --file, found '--files'",
    })
    void whatCannotBeUsedIsNamed(String line, String message) {
        assertThatThrownBy(() -> ServerOptions.parse(line.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
