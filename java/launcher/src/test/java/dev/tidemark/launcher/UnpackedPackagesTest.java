package dev.tidemark.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedPackagesTest {
    @TempDir
    private Path folder;

    @Test
    void theSamePackagesAreWrittenOnce() throws IOException {
        Path first = UnpackedPackages.write(new byte[] {1, 2}, folder);

        assertThat(UnpackedPackages.write(new byte[] {1, 2}, folder)).isEqualTo(first);
        assertThat(first).hasBinaryContent(new byte[] {1, 2}).hasFileName("job.zip");
        assertThat(first.getParent()).isDirectoryNotContaining(path -> path.toString().endsWith(".part"));
    }

    @Test
    void changedPackagesGetAnotherFile() throws IOException {
        Path first = UnpackedPackages.write(new byte[] {1}, folder);

        assertThat(UnpackedPackages.write(new byte[] {2}, folder)).isNotEqualTo(first);
        assertThat(first).hasBinaryContent(new byte[] {1});
    }
}
