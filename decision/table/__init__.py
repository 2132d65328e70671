"""Effects from any table: who was treated, what came of it, and how far the numbers can be trusted."""
