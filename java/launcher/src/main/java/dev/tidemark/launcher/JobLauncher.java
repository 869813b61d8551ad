package dev.tidemark.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Main class of a job's jar: hands the Python packages in the jar to Flink's Python driver.
 *
 * <p>The interpreter is the system property {@code tidemark.python}, else the environment variable
 * {@code TIDEMARK_PYTHON}, else {@code python}.
 */
public final class JobLauncher {
    private static final String PACKAGES = "job.zip";
    private static final String DRIVER = "org.apache.flink.client.python.PythonDriver";

    private JobLauncher() {
    }

    /**
     * Submits the job of this jar.
     *
     * @param arguments more arguments for the job; Flink 2's web interface never passes any
     * @throws IllegalStateException if the jar or Flink's class path is incomplete
     * @throws IOException if the packages cannot be unpacked
     * @throws Throwable whatever the Python driver throws
     */
    public static void main(String[] arguments) throws Throwable {
        JobDescription job;
        try (InputStream source = resource(JobDescription.RESOURCE)) {
            job = JobDescription.read(source);
        }
        Path packages = unpack();
        String python = python(System.getProperty("tidemark.python"), System.getenv());
        PythonDriver.load(DRIVER).run(driverArguments(python, packages, job, List.of(arguments)));
    }

    /**
     * Flink's own options first, then {@code --}. Without it the driver would try to read the job's first
     * argument as its own, and it answers one that it cannot use by ending the process.
     */
    static List<String> driverArguments(String python, Path packages, JobDescription job, List<String> more) {
        List<String> all = new ArrayList<>(List.of(
                "-pyclientexec", python, "-pyexec", python, "-pyfs", packages.toString(), "-pym", job.module(), "--"));
        all.addAll(job.arguments());
        all.addAll(more);
        return List.copyOf(all);
    }

    static String python(String property, Map<String, String> environment) {
        return property != null ? property : environment.getOrDefault("TIDEMARK_PYTHON", "python");
    }

    private static Path unpack() throws IOException {
        try (InputStream source = resource(PACKAGES)) {
            return UnpackedPackages.write(source.readAllBytes(), Path.of(System.getProperty("java.io.tmpdir")));
        }
    }

    private static InputStream resource(String name) {
        InputStream source = JobLauncher.class.getResourceAsStream("/" + name);
        if (source == null) {
            throw new IllegalStateException("job jar: expected an entry " + name
                    + " at its root, found none; this is the bare launcher, build the job's jar from it");
        }
        return source;
    }
}
