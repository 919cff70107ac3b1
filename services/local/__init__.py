"""The whole system on one machine: real Kafka and Postgres, and the four services as processes."""
