"""记录 (the record): its interface (`store`), and how PostgreSQL keeps what it promises."""
