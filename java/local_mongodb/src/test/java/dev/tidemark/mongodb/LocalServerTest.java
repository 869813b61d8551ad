package dev.tidemark.mongodb;

import static com.mongodb.client.model.Filters.eq;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import de.bwaldvogel.mongo.MongoServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bson.Document;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalServerTest {
    private static final String LOOPBACK = "127.0.0.1";

    @TempDir
    private Path folder;

    @Test
    void helloNamesAVersionThatDriversAccept() {
        try (LocalServer server = start(Optional.empty());
                MongoClient client = MongoClients.create(server.connectionString())) {
            Document hello = client.getDatabase("admin").runCommand(new Document("hello", 1));

            assertThat(hello).containsEntry("isWritablePrimary", true).containsEntry("maxWireVersion", 21);
        }
    }

    @Test
    void aRestartKeepsWhatWasWritten() {
        Path file = folder.resolve("made/on/demand.mv");
        withCollection(file, collection -> collection.insertOne(new Document("_id", "BTCUSDT")));

        withCollection(file, collection -> assertThat(collection.find(eq("BTCUSDT"))).hasSize(1));
    }

    @Test
    void theFileHoldsEveryAcknowledgedWriteAtOnce() throws IOException {
        Path file = folder.resolve("live.mv");
        Path copy = folder.resolve("as-after-a-kill.mv");
        withCollection(file, collection -> {
            collection.insertMany(List.of(new Document("_id", 1), new Document("_id", 2)));
            collection.updateOne(eq(2), new Document("$set", new Document("price", "1.5")));
            collection.deleteOne(eq(1));
            copy(file, copy);
        });

        withCollection(copy, collection -> assertThat(collection.find())
                .containsExactly(new Document("_id", 2).append("price", "1.5")));
    }

    @Test
    void aFileThatFailedIsReportedWithTheFirstRequestThatFindsIt() {
        MVStore store = MVStore.open(folder.resolve("live.mv").toString());
        List<RuntimeException> failures = new CopyOnWriteArrayList<>();
        MongoServer server = new MongoServer(new DurableBackend(store, failures::add));
        try (MongoClient client = MongoClients.create("mongodb:/" + server.bind())) {
            MongoCollection<Document> collection = client.getDatabase("live").getCollection("tickers");
            collection.insertOne(new Document("_id", 1));
            assertThat(failures).isEmpty();
            // What H2 does when the file cannot be written, as on a full disk.
            store.closeImmediately();

            assertThatThrownBy(() -> collection.insertOne(new Document("_id", 2)));
            assertThat(failures).isNotEmpty();
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void aBusyPortIsNamed() {
        try (LocalServer first = start(Optional.empty())) {
            int port = URI.create(first.connectionString()).getPort();
            ServerOptions taken = new ServerOptions(LOOPBACK, port, Optional.empty());

            assertThatThrownBy(() -> LocalServer.start(taken))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + port);
        }
    }

    @Test
    void aFileInUseIsNamed() {
        Path file = folder.resolve("live.mv");
        withCollection(file, collection -> assertThatThrownBy(() -> start(Optional.of(file)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot open data file " + file));
    }

    private static LocalServer start(Optional<Path> file) {
        return LocalServer.start(new ServerOptions(LOOPBACK, 0, file));
    }

    private interface Step {
        void run(MongoCollection<Document> collection);
    }

    private static void withCollection(Path file, Step step) {
        try (LocalServer server = start(Optional.of(file));
                MongoClient client = MongoClients.create(server.connectionString())) {
            step.run(client.getDatabase("live").getCollection("tickers"));
        }
    }

    private static void copy(Path from, Path to) {
        try {
            Files.copy(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
