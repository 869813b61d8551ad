package dev.tidemark.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The Python packages as a file, which is what a Python process can import from.
 *
 * <p>Its folder is named after its content, so that a second submission finds the same file, a changed one
 * never does, and nothing is left over for each run.
 */
final class UnpackedPackages {
    private static final int DIGEST_CHARACTERS = 16;

    private UnpackedPackages() {
    }

    /**
     * Writes the archive below a folder, unless it is there already.
     *
     * @return the archive's path
     * @throws IOException if it cannot be written
     */
    static Path write(byte[] archive, Path folder) throws IOException {
        Path target = folder.resolve("tidemark-job-" + digest(archive)).resolve("job.zip");
        if (!Files.exists(target)) {
            Files.createDirectories(target.getParent());
            Path partial = Files.createTempFile(target.getParent(), "job", ".part");
            Files.write(partial, archive);
            // In one step: another submission may be reading or writing the same file.
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        }
        return target;
    }

    private static String digest(byte[] archive) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
