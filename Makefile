# Everything is done by scripts; this is the list of them. Needs Debian (or apt) and Swift 6.2.

.PHONY: build test corpus demo bench lint format docs release clean-lab

build:            ## debug build of spile
	@.ci/prepare
	swift build --product spile

test:             ## unit tests, and end-to-end tests on real hosts (root)
	@.ci/test

corpus:           ## Spile beside ansible-core: all playbooks of Tests/Corpus, end states compared (root)
	@.ci/prepare
	swift build --product spile
	@Tests/Corpus/compare

demo:             ## three real hosts: plan, apply, apply again (root)
	@.ci/prepare
	swift build --product spile
	@Tests/Lab/demo .build/debug/spile

bench:            ## Spile beside Ansible, Mitogen and pyinfra on 20 hosts (root)
	@.ci/prepare
	swift build --configuration release --product spile
	SPILE_BENCH=1 swift build --configuration release --product measure
	swift build --configuration release --package-path Tests/Bench/yams-peer
	@Tests/Bench/read-and-render
	@Tests/Bench/bench --spile .build/release/spile

lint:             ## style of Swift sources
	swift format lint --strict --recursive Package.swift Sources Tests

format:           ## put Swift sources in style
	swift format --in-place --recursive Package.swift Sources Tests

docs:             ## the reference of modules, from their manuals
	swift build --product spile
	.build/debug/spile module doc --all > Sources/Modules/Modules.docc/Reference.md

release:          ## one static executable
	@.ci/prepare
	@.ci/release

clean-lab:        ## end all labs of this folder and throw them away
	@for lab in .demo/lab .demo/bench .demo/end-to-end .demo/etcd .demo/kubernetes .demo/nodes .demo/corpus/*/lab; do Tests/Lab/lab down --dir $$lab; done
	rm -rf .demo
