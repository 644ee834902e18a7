"""The user's program: where its lines are. (The front end of reverse mode lives here too.)"""
