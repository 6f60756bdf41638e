"""How do agents, queues and modes compare? (M13, M14, M18)"""
