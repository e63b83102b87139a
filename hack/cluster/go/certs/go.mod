module ticketbottle.io/hack/cluster/certs

go 1.26.0
