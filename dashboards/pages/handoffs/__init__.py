"""What happens where the AI hands over? (M10, M11, M19)"""
