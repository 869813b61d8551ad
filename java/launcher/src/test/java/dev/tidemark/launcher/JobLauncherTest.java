package dev.tidemark.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobLauncherTest {
    @Test
    void flinksOptionsComeFirstThenTheJobsThenTheSubmissions() {
        JobDescription job = new JobDescription("flink_jobs.candles", List.of("--parallelism", "2"));

        assertThat(JobLauncher.driverArguments("python3", Path.of("/x/job.zip"), job, List.of("--replay")))
                .containsExactly("-pyclientexec", "python3", "-pyexec", "python3", "-pyfs", "/x/job.zip",
                        "-pym", "flink_jobs.candles", "--", "--parallelism", "2", "--replay");
    }

    @Test
    void theInterpreterIsThePropertyElseTheVariableElsePython() {
        Map<String, String> environment = Map.of("TIDEMARK_PYTHON", "variable");

        assertThat(JobLauncher.python("property", environment)).isEqualTo("property");
        assertThat(JobLauncher.python(null, environment)).isEqualTo("variable");
        assertThat(JobLauncher.python(null, Map.of())).isEqualTo("python");
    }

    @Test
    void theBareLauncherSaysWhatItLacks() {
        assertThatThrownBy(() -> JobLauncher.main(new String[0]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected an entry job.properties");
    }
}
