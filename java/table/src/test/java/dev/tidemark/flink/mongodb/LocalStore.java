package dev.tidemark.flink.mongodb;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import dev.tidemark.mongodb.LocalServer;
import dev.tidemark.mongodb.ServerOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;

/** A document store that a test can stop and start again on the same port, with one collection in view. */
final class LocalStore implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final Path file;
    private final int port;
    private final MongoClient client;
    private LocalServer server;

    LocalStore(Path folder) {
        file = folder.resolve("store.mv");
        server = start(0);
        port = URI.create(server.connectionString()).getPort();
        client = MongoClients.create(uri());
    }

    /** Gives up quickly, so that a test of failure is short. */
    String uri() {
        return "mongodb://" + LOOPBACK + ":" + port + "/?serverSelectionTimeoutMS=1000&heartbeatFrequencyMS=500";
    }

    MongoCollection<BsonDocument> collection() {
        return client.getDatabase("live").getCollection("candles", BsonDocument.class);
    }

    List<BsonDocument> documents() {
        return collection().find().into(new ArrayList<>());
    }

    void stop() {
        server.close();
    }

    void restart() {
        server = start(port);
    }

    private LocalServer start(int onPort) {
        return LocalServer.start(new ServerOptions(LOOPBACK, onPort, Optional.of(file)));
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
