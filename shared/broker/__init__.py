"""消息代理 (the broker): Kafka's topics made and checked (`admin`), and read in bulk (`reader`)."""
