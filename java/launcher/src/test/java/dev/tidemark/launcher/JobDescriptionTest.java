package dev.tidemark.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobDescriptionTest {
    @Test
    void argumentsAreSeparatedByWhiteSpace() throws IOException {
        assertThat(read("module=flink_jobs.candles\narguments=--parallelism 2  --replay\n"))
                .isEqualTo(new JobDescription("flink_jobs.candles", List.of("--parallelism", "2", "--replay")));
    }

    @Test
    void argumentsMayBeAbsent() throws IOException {
        assertThat(read("module = flink_jobs.bronze").arguments()).isEmpty();
    }

    @Test
    void aModuleIsRequired() {
        assertThatThrownBy(() -> read("modul=flink_jobs.bronze"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected module=")
                .hasMessageContaining("found [modul]");
    }

    private static JobDescription read(String text) throws IOException {
        return JobDescription.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
