"""Effects, confidence, policy and explanation."""
