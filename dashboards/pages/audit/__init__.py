"""Who saw what"""
