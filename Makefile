# Thin lines over `python -m workshop`, which is what to use on Windows.
# Options go in ARGS: make test ARGS="-k money"
PYTHON ?= python3
WORKSHOP = @$(PYTHON) -m workshop

.DEFAULT_GOAL := help
.PHONY: help setup lab order start status logs stop reset env deploy delete orders pause resume stop-order fork what-if compare redrive record replay room new sync test lint bench doctor clean lock

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make or update the environments
	$(WORKSHOP) setup $(ARGS)

lab: ## start the local cloud and open JupyterLab
	$(WORKSHOP) lab $(ARGS)

order: ## process one order and show its operations live
	$(WORKSHOP) order $(ARGS)

start: ## start the local cloud
	$(WORKSHOP) start $(ARGS)

status: ## show what the local cloud is doing
	$(WORKSHOP) status $(ARGS)

logs: ## show the logs of the local cloud
	$(WORKSHOP) logs $(ARGS)

stop: ## stop the local cloud; its state is kept
	$(WORKSHOP) stop $(ARGS)

reset: ## stop the local cloud and forget its state
	$(WORKSHOP) reset $(ARGS)

env: ## print the variables that point AWS tools at the local cloud
	$(WORKSHOP) env $(ARGS)

deploy: ## deploy the application
	$(WORKSHOP) deploy $(ARGS)

delete: ## delete the deployed application
	$(WORKSHOP) delete $(ARGS)

orders: ## list the orders, and what they wait for
	$(WORKSHOP) orders $(ARGS)

pause: ## pause an order
	$(WORKSHOP) pause $(ARGS)

resume: ## resume a paused order
	$(WORKSHOP) resume $(ARGS)

stop-order: ## stop an order for good
	$(WORKSHOP) stop-order $(ARGS)

fork: ## start an order with what another has recorded
	$(WORKSHOP) fork $(ARGS)

what-if: ## show what an order costs, and what it would
	$(WORKSHOP) what-if $(ARGS)

compare: ## show two orders beside each other
	$(WORKSHOP) compare $(ARGS)

redrive: ## process an order that waits for a person again
	$(WORKSHOP) redrive $(ARGS)

record: ## save the history of an order
	$(WORKSHOP) record $(ARGS)

replay: ## run the code against saved histories
	$(WORKSHOP) replay $(ARGS)

room: ## show a folder of learners' journals as one live page
	$(WORKSHOP) room $(ARGS)

new: ## make a service of your own
	$(WORKSHOP) new $(ARGS)

sync: ## make notebooks, solutions and the reference page
	$(WORKSHOP) sync $(ARGS)

test: ## run the tests
	$(WORKSHOP) test $(ARGS)

lint: ## check style, types, words and the template
	$(WORKSHOP) lint $(ARGS)

bench: ## measure how fast orders are processed
	$(WORKSHOP) bench $(ARGS)

doctor: ## check this machine and say how to fix it
	$(WORKSHOP) doctor $(ARGS)

clean: ## remove what setup and runs made; my-work stays
	$(WORKSHOP) clean $(ARGS)

lock: ## pin the requirements again
	$(WORKSHOP) lock $(ARGS)
