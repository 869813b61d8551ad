package dev.tidemark.launcher;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PythonDriverTest {
    /** Stands for the driver when Flink only asks for the plan. */
    public static final class Aborting {
        private Aborting() {
        }

        public static void main(String[] arguments) {
            throw new UnsupportedOperationException(String.join(" ", arguments));
        }
    }

    @Test
    void whatTheDriverThrowsArrivesUnwrapped() {
        PythonDriver driver = PythonDriver.load(Aborting.class.getName());

        assertThatThrownBy(() -> driver.run(List.of("-pym", "flink_jobs.candles")))
                .isExactlyInstanceOf(UnsupportedOperationException.class)
                .hasMessage("-pym flink_jobs.candles");
    }

    @Test
    void aMissingDriverSaysWhichJarToAdd() {
        assertThatThrownBy(() -> PythonDriver.load("org.apache.flink.client.python.PythonDriver"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("flink-python-<version>.jar");
    }
}
