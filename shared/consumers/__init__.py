"""消费者 (consumers): what every consumer of a topic needs.

Its place on each source (`cursors`), the record it takes (`consumer_record`), what it could not
take (`dead_letters`), the documents of other rooms and the look-up.
"""
