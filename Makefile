# make quick before each commit, make full before a merge.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 10s

.PHONY: build test race fuzz lint style cover quick full clean

build:
	go build -trimpath -o mailgw/mailgw ./cmd/mailgw

test:
	go test -shuffle=on ./...

race:
	go test -race -shuffle=on ./...

# Each fuzz target for FUZZTIME; plain tests run the seeds only.
fuzz:
	@set -e; grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | \
	while IFS=: read -r file func; do \
		echo "fuzz $$(dirname $$file) $${func#func }"; \
		go test $$(dirname $$file) -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME); \
	done

lint:
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "gofmt: $$out"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...

# The laws of the house, with the figures.
style:
	go test -count=1 -v -run 'TestRooms|TestMayImport|TestVocabulary|TestNoInit|TestTopLevel|TestPackages|TestExported|TestSizes|TestErrorsAreWrapped|TestComments|TestTexts|TestLinks|TestDependencies' ./cmd/mailgw

cover:
	go test -short -coverprofile=cover.out -coverpkg=./... ./...
	go tool cover -func=cover.out | tail -n 1

quick: lint build test style

full:
	CI=true bash .ci/run

clean:
	rm -f mailgw/mailgw cover.out
