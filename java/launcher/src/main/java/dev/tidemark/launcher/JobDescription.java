package dev.tidemark.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;

/**
 * Which Python module is the job, and what it is told.
 *
 * @param module dotted name, run like {@code python -m}
 * @param arguments the job's own, before any that the submission adds
 */
record JobDescription(String module, List<String> arguments) {
    static final String RESOURCE = "job.properties";

    /**
     * Reads {@code module} (required) and {@code arguments} (optional, separated by white space).
     *
     * @throws IllegalStateException if no module is named
     * @throws IOException if the stream cannot be read
     */
    static JobDescription read(InputStream source) throws IOException {
        Properties properties = new Properties();
        properties.load(new InputStreamReader(source, StandardCharsets.UTF_8));
        String module = properties.getProperty("module", "").strip();
        if (module.isEmpty()) {
            throw new IllegalStateException(RESOURCE + ": expected module=<dotted name of a Python module>, found "
                    + properties.stringPropertyNames() + "; build the job's jar again");
        }
        String arguments = properties.getProperty("arguments", "").strip();
        return new JobDescription(module, arguments.isEmpty() ? List.of() : List.of(arguments.split("\\s+")));
    }
}
