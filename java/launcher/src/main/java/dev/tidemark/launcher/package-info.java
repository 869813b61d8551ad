/**
 * What makes a Python job one jar that Flink's web interface can run.
 *
 * <p>Such a jar is this module's jar with two more entries at its root: {@code job.zip}, the Python
 * packages, and {@code job.properties}, which names the module to run. Nothing here may end the process:
 * it is the JobManager's.
 */
package dev.tidemark.launcher;
