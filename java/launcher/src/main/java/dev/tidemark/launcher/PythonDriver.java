package dev.tidemark.launcher;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;

/** Flink's Python driver, found when the job is submitted. */
final class PythonDriver {
    private final Method main;

    private PythonDriver(Method main) {
        this.main = main;
    }

    /**
     * Finds the driver.
     *
     * @throws IllegalStateException if Flink's Python jar is not on the class path
     */
    static PythonDriver load(String className) {
        try {
            // Of the jar's own loader: the driver may be in Flink's lib folder or in the jar.
            Class<?> driver = Class.forName(className, true, PythonDriver.class.getClassLoader());
            return new PythonDriver(driver.getMethod("main", String[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("expected class " + className
                    + " on Flink's class path, found none; put flink-python-<version>.jar into Flink's lib folder", e);
        }
    }

    /**
     * Runs the job's Python process and waits until it has submitted.
     *
     * @throws Throwable what the driver threw, and not what reflection wrapped around it: Flink tells
     *     by its type whether a plan was asked for
     */
    void run(List<String> arguments) throws Throwable {
        try {
            main.invoke(null, (Object) arguments.toArray(String[]::new));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
