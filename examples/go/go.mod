module example.com/ticket-check

go 1.21
