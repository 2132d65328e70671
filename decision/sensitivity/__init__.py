"""How far an effect could be an illusion: strength an unseen confounder would need, and signs that there is one."""
