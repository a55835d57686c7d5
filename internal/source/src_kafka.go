package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// What one client keeps in memory: kafkaFetches answers of kafkaFetch, and what is in them.
const (
	// kafkaFetch is how many bytes a broker sends at a time, kafkaPartition of one
	// partition. A batch of a producer comes whole, however large its broker lets it be.
	kafkaFetch, kafkaPartition = 4 << 20, 1 << 20
	// kafkaFetches is how many answers may be under way or wait. A broker answers at once,
	// or when something comes, or after kafkaWait: with fewer, some would wait for the rest.
	kafkaFetches = 4
	kafkaWait    = time.Second
	// kafkaAnswer is how many bytes any answer may have.
	kafkaAnswer = 64 << 20
	// kafkaInflated is how many bytes a batch may have when it is no longer compressed; a
	// larger one is left out. Usual ones have up to a few MiB.
	kafkaInflated = 64 << 20
)

// The mechanisms by which SASL says who this is.
const (
	SASLPlain    = "plain"
	SASLScram256 = "scram-sha-256"
	SASLScram512 = "scram-sha-512"
)

// Kafka takes messages of topics as a member of a consumer group. Offsets are committed
// when the messages are on the disk: one can come twice, and is not lost.
type Kafka struct {
	Broker

	// Brokers are addresses to begin with, as host:9092.
	Brokers []string
	// Topics are those to take; Group is the consumer group.
	Topics []string
	Group  string
	// FromEnd leaves out what was in a partition before this run, when the group has no
	// offset in it.
	FromEnd bool
	// SASL is the mechanism; "" is none. User and Password say who this is.
	SASL, User, Password string
	// Restart is how long it takes until brokers are asked again after a failure; 0 means
	// a second.
	Restart time.Duration
}

// Run takes messages until the context is done. The error is one of Sink, or says what is
// wrong with the options.
func (k *Kafka) Run(ctx context.Context) error {
	if k.Restart <= 0 {
		k.Restart = time.Second
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	client, err := k.connect(ctx, life)
	if err != nil {
		return fmt.Errorf("take messages of Kafka: %w", err)
	}
	defer func() {
		late := time.AfterFunc(brokerRest, end) // a broker that is away need not hear that we leave
		defer late.Stop()
		client.CloseAllowingRebalance()
	}()
	for {
		// Partitions stay with this member until their messages are queued and committed.
		fetches := client.PollRecords(ctx, record.MaxBatch)
		if ctx.Err() != nil {
			return nil
		}
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			if len(p.Records) > 0 {
				k.well(k.what("", 0))
				k.well(k.what(p.Topic, -1))
				k.well(k.what(p.Topic, p.Partition))
			}
		})
		all := fetches.Records()
		if err := k.take(ctx, client, all); err != nil {
			return err
		}
		failed := false
		fetches.EachError(func(topic string, partition int32, err error) {
			failed = true
			k.failed(ctx, client, topic, partition, err)
		})
		client.AllowRebalance()
		if failed && len(all) == 0 { // one that fails does not hold up the others
			pause(ctx, k.Restart)
		}
	}
}

// kafkaHook is told of each connection, and of what it failed at: the client itself tries
// again without a word.
type kafkaHook func(address string, err error)

var _ kgo.HookBrokerConnect = kafkaHook(nil)

// OnBrokerConnect is called when a connection can be used, or cannot.
func (h kafkaHook) OnBrokerConnect(broker kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	h(net.JoinHostPort(broker.Host, strconv.Itoa(int(broker.Port))), err)
}

// connect makes a client, which lives until life ends.
func (k *Kafka) connect(ctx, life context.Context) (*kgo.Client, error) {
	from := kgo.NewOffset().AtStart()
	if k.FromEnd {
		from = from.AfterMilli(k.Now().UnixMilli()) // and all of the partitions that are made later
	}
	options := []kgo.Opt{
		kgo.ClientID("sasumata"), kgo.SeedBrokers(k.Brokers...), kgo.ConsumerGroup(k.Group), kgo.ConsumeTopics(k.Topics...),
		kgo.ConsumeStartOffset(from), kgo.AutoCommitMarks(), kgo.BlockRebalanceOnPoll(), kgo.KeepRetryableFetchErrors(),
		kgo.FetchMaxBytes(kafkaFetch), kgo.FetchMaxPartitionBytes(kafkaPartition), kgo.MaxConcurrentFetches(kafkaFetches), kgo.FetchMaxWait(kafkaWait),
		kgo.BrokerMaxReadBytes(kafkaAnswer), kgo.MaxDecompressBatchBytes(kafkaInflated),
		kgo.MetadataMinAge(k.Restart), kgo.WithContext(life), kgo.DisableClientMetrics(),
		kgo.WithHooks(kafkaHook(func(address string, err error) {
			what := "the broker " + address
			switch {
			case err == nil:
				k.well(what)
			case ctx.Err() == nil:
				k.trouble(ctx, what, err)
			}
		})),
	}
	if k.TLS != nil {
		secure, err := k.TLS.Config()
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(secure))
	}
	switch k.SASL {
	case "":
	case SASLPlain:
		options = append(options, kgo.SASL(plain.Auth{User: k.User, Pass: k.Password}.AsMechanism()))
	case SASLScram256:
		options = append(options, kgo.SASL(scram.Auth{User: k.User, Pass: k.Password}.AsSha256Mechanism()))
	case SASLScram512:
		options = append(options, kgo.SASL(scram.Auth{User: k.User, Pass: k.Password}.AsSha512Mechanism()))
	default:
		return nil, fmt.Errorf("SASL by %q, want %s, %s or %s", k.SASL, SASLPlain, SASLScram256, SASLScram512)
	}
	return kgo.NewClient(options...)
}

// failed tells what is wrong with a partition, or with the membership in the group. A
// batch that is too large would come again for ever: it is left out.
func (k *Kafka) failed(ctx context.Context, client *kgo.Client, topic string, partition int32, err error) {
	if batch, ok := errors.AsType[*kgo.ErrDecompressTooLarge](err); ok {
		next := max(batch.NextOffset, batch.Offset+1)
		k.Counters.Dropped.Add(next - batch.Offset)
		k.Log.ErrorContext(ctx, "messages are left out: together they are too large when they are no longer compressed",
			"topic", topic, "partition", partition, "offset", batch.Offset, "messages", next-batch.Offset, "most_bytes", kafkaInflated)
		at := func(offset int64) map[string]map[int32]kgo.EpochOffset {
			return map[string]map[int32]kgo.EpochOffset{topic: {partition: {Epoch: batch.Epoch, Offset: offset}}}
		}
		client.MarkCommitOffsets(at(batch.Offset)) // what has no mark cannot be moved
		client.SetOffsets(at(next))
		return
	}
	k.trouble(ctx, k.what(topic, partition), err)
}

// what names what an error is about.
func (k *Kafka) what(topic string, partition int32) string {
	switch {
	case topic == "":
		return "the group " + k.Group
	case partition < 0:
		return "the topic " + topic
	}
	return fmt.Sprintf("the topic %s, partition %d", topic, partition)
}

// take queues messages and commits their offsets.
func (k *Kafka) take(ctx context.Context, client *kgo.Client, all []*kgo.Record) error {
	for len(all) > 0 {
		var records []record.Record
		size := 0
		for _, one := range all {
			records = append(records, k.record(one.Value, "topic:"+one.Topic))
			if size += records[len(records)-1].Size(); size > brokerBatch {
				break
			}
		}
		stored, err := k.store(ctx, records, func() {})
		if !stored {
			return err // or the program stops: they come again
		}
		client.MarkCommitRecords(slices.Clone(all[:len(records)])...) // which sorts them
		commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), brokerRest)
		err = client.CommitMarkedOffsets(commit)
		cancel()
		if what := "offsets are not committed, and messages may come again"; err != nil {
			k.trouble(ctx, what, err)
		} else {
			k.well(what)
		}
		all = all[len(records):]
	}
	return nil
}
