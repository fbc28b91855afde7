module session-refresh/sdk

go 1.19
