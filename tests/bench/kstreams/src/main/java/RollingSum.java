import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The keyed rolling sum with a threshold by Kafka Streams, exactly once: RocksDB, changelog, transactions. */
public class RollingSum {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STORE = "sum";
  private static final long LOOK_AGAIN_MS = 10;

  public static void main(String[] arguments) throws Exception {
    JsonNode job = JSON.readTree(arguments[0]);
    AtomicLong emitted = new AtomicLong();
    KafkaStreams streams = new KafkaStreams(topology(job, emitted), settings(job));
    streams.start();
    awaitCommitted(job);
    System.out.println("ended " + emitted.get());
    System.out.flush();
    System.in.readAllBytes();
    streams.close(Duration.ofSeconds(30));
  }

  private static Properties settings(JsonNode job) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, job.get("group").asText());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, job.get("kafka").asText());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, job.get("state").asText());
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put("auto.offset.reset", "earliest");
    settings.put("producer.linger.ms", "5");
    return settings;
  }

  private static Topology topology(JsonNode job, AtomicLong emitted) {
    Topology topology = new Topology();
    topology.addSource(
        "activities", Serdes.String().deserializer(), Serdes.ByteArray().deserializer(), job.get("topic").asText());
    topology.addProcessor("sums", () -> new Sums(job, emitted), "activities");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
            .withCachingEnabled(),
        "sums");
    topology.addSink(
        "told", job.get("out").asText(), Serdes.String().serializer(), Serdes.ByteArray().serializer(), "sums");
    return topology;
  }

  /** Waits until the offsets of all records are committed, and with them the sums and what was told. */
  private static void awaitCommitted(JsonNode job) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", job.get("kafka").asText()))) {
      while (committed(admin, job.get("group").asText()) < job.get("events").asLong()) {
        Thread.sleep(LOOK_AGAIN_MS);
      }
    }
  }

  private static long committed(Admin admin, String group) throws Exception {
    Map<?, OffsetAndMetadata> offsets =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    return offsets.values().stream().mapToLong(one -> one == null ? 0 : one.offset()).sum();
  }

  /** The sum of each key: sum, as of when in seconds, whether it was told; 17 bytes. */
  private static class Sums implements Processor<String, byte[], String, byte[]> {
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private final Map<String, Double> points;
    private final double threshold;
    private final double halfLifeSeconds;
    private final AtomicLong emitted;
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, byte[]> store;

    Sums(JsonNode job, AtomicLong emitted) {
      this.points = JSON.convertValue(job.get("points"), JSON.getTypeFactory().constructMapType(Map.class, String.class, Double.class));
      this.threshold = job.get("threshold").asDouble();
      this.halfLifeSeconds = job.get("half_life_seconds").asDouble();
      this.emitted = emitted;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
      this.context = context;
      this.store = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      if (BEGUN.compareAndSet(false, true)) {
        System.out.println("began");
        System.out.flush();
      }
      JsonNode event = parsed(record.value());
      double at = OffsetDateTime.parse(event.get("time").asText()).toInstant().toEpochMilli() / 1000.0;
      byte[] kept = store.get(record.key());
      ByteBuffer before = kept == null ? null : ByteBuffer.wrap(kept);
      double sum = before == null ? 0 : before.getDouble();
      double asOf = before == null ? at : before.getDouble();
      boolean told = before != null && before.get() == 1;
      sum *= Math.pow(0.5, Math.max(0, at - asOf) / halfLifeSeconds);
      sum += points.get(event.get("type").asText());
      boolean reached = sum >= threshold && !told;
      if (reached) {
        emitted.incrementAndGet();
        context.forward(record.withValue(qualified(record.key(), sum)));
      }
      byte mark = (byte) (told || reached ? 1 : 0);
      store.put(
          record.key(), ByteBuffer.allocate(17).putDouble(sum).putDouble(Math.max(at, asOf)).put(mark).array());
    }

    private static JsonNode parsed(byte[] value) {
      try {
        return JSON.readTree(value);
      } catch (IOException error) {
        throw new IllegalArgumentException(error);
      }
    }

    private static byte[] qualified(String lead, double sum) {
      return JSON.createObjectNode()
          .put("type", "lead.qualified")
          .put("subject", lead)
          .put("score", sum)
          .toString()
          .getBytes();
    }
  }
}
