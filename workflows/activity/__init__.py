"""The activity's pages: runs, refused requests, replays."""
