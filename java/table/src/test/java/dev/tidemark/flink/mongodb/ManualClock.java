package dev.tidemark.flink.mongodb;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.operators.ProcessingTimeService;

/** Processing time that moves when a test says so. */
final class ManualClock implements ProcessingTimeService {
    private final TreeMap<Long, ProcessingTimeCallback> timers = new TreeMap<>();
    private long nowMs;

    @Override
    public long getCurrentProcessingTime() {
        return nowMs;
    }

    @Override
    public ScheduledFuture<?> registerTimer(long timeMs, ProcessingTimeCallback callback) {
        timers.put(timeMs, callback);
        return null;
    }

    void advance(long durationMs) throws Exception {
        nowMs += durationMs;
        while (!timers.isEmpty() && timers.firstKey() <= nowMs) {
            Map.Entry<Long, ProcessingTimeCallback> due = timers.pollFirstEntry();
            due.getValue().onProcessingTime(due.getKey());
        }
    }
}
