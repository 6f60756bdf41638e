"""What was promised, and was it kept? (M12)"""
