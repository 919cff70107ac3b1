"""`baton manual`: the playbook as the operating manual that the departments sign."""
