"""A host that goes away and comes back: `reboot`, `wait_for_connection`, `pause`."""

from checks import check

PLAYBOOK = """
- hosts: all
  become: true
  tasks:
    - name: Before
      command: cat /proc/sys/kernel/random/boot_id
      register: before
      changed_when: false
    - name: Down and up
      reboot: {reboot_timeout: 120}
      register: rebooted
    - name: It answers
      wait_for_connection: {timeout: 60}
    - name: A moment
      pause: {seconds: 1}
    - name: After
      shell: cat /proc/sys/kernel/random/boot_id | tee /run/after
      register: after
    - assert:
        that: [rebooted is changed, rebooted.rebooted]
"""


def test_a_host_is_rebooted_and_the_play_goes_on(lab, spile, inventory, tmp_path):
    host = lab.host("h4")
    hosts = inventory("h4")
    playbook = tmp_path / "reboot.yml"
    playbook.write_text(PLAYBOOK)
    # What systemd was when the host came up: containers share the kernel's own boot id.
    check(host, "stat -c %Y /proc/1 > /root/started; touch /run/gone-after-a-boot")

    plan = spile.json("plan", "-i", hosts, playbook)
    assert plan.status == 0, plan
    check(host, "[ -e /run/gone-after-a-boot ]")

    result = spile.json("apply", "-i", hosts, playbook)
    assert result.status == 0, result
    check(host, "fails [ -e /run/gone-after-a-boot ]; [ -s /run/after ]")
